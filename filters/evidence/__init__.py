"""Statistics that both wings and the probe count by."""
