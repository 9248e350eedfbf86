"""Tasks for the RL term of training, made from the sources of pairs: prompts with rewards that need no sandbox."""
