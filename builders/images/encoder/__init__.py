"""Image and text vectors."""
