"""Pairs in the forms that trainers read: one module a form, `export` writes, `pairs_of` reads back."""

from data.exports.exporting import Exported, export, export_data_set
from data.exports.options import ExportError, ExportOptions
from data.exports.reading import pairs_of

__all__ = ["ExportError", "ExportOptions", "Exported", "export", "export_data_set", "pairs_of"]
