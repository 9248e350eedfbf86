"""Scenes rendered from a seed, with questions whose answers are exact: the embedded default of the image pipeline."""
