"""Training on pairs: GRPO with the context-selection loss, and the objectives that it is compared with."""
