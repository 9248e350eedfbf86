"""What keeps or rejects runs and couples of runs."""
