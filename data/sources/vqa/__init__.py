"""Visual question answering sources: rows of an image with its questions, whatever their notation."""
