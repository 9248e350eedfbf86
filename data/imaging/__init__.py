"""Images as people have them: checked before they are decoded, converted only for models."""
