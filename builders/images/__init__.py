"""Image candidates: vectors, look-alikes, edits."""
