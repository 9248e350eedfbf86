"""Runs of agents: one reader a format."""
