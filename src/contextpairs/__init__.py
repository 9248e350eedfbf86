"""Contrastive context pairs for post-training: built, audited, published."""
