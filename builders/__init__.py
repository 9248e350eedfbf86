"""Make candidates: facts of a trajectory, pairing by conditions, masking."""
