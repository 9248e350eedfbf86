"""Answers compared as people mean them: numbers, units, lists, options and words, whatever their writing."""
