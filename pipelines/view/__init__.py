"""A version as one page for a browser: what it is, how it came about, and its pairs for reading and for guessing."""
