"""What keeps or rejects images, edits and couples of images."""
