"""Look-alikes with another answer, and which couples of them are taken."""
