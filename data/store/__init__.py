"""Versions at rest: manifest, card, shards, storage; and the outputs of stages."""
