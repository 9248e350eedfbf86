"""The judge: a model behind an OpenAI-compatible endpoint that rejects shortcut cues and ambiguous labels."""
