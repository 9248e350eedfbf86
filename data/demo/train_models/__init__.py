"""How the small models in data/demo/models were trained: on rendered scenes, with these scripts."""
