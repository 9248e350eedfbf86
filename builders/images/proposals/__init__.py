"""What to edit: another answer, and the instruction that leads to it."""
