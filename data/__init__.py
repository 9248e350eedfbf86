"""Rows at rest: trajectories, patches, schemas, source readers, the versioned store."""
