"""A model behind an OpenAI-compatible endpoint: client, request cache, spending, pictures."""
