"""The four objectives at equal steps and seeds, on coding pairs that a model of a few million parameters can read."""
