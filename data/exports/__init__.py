"""Pairs in the forms that trainers read: one module a form, `export` writes, `pairs_of` reads back."""
