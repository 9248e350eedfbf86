"""What is embedded: sample runs, rendered scenes, the small models, and how those were trained."""
