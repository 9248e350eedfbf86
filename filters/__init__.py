"""Keep a candidate or reject it with a reason."""
