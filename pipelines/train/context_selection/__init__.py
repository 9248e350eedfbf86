"""Context selection: what a model says of the two contexts of a pair, and the loss that trains it."""
