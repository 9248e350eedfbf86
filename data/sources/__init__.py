"""Where trajectories come from: one reader a format, the format told from content."""
