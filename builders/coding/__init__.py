"""Coding candidates: what a run edited, which runs pair, what is masked."""
