"""How the small models in data/models were trained: on rendered scenes, with these scripts."""
