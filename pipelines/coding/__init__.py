"""The coding build, stage by stage."""
