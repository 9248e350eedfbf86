"""Patches, traces and the text of code."""
