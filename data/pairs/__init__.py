"""The rows of a version: their schema, contexts, splits, invariants, and how a pair is shown to a model."""
