"""The probe: how often a model selects the context that supports the answer."""
