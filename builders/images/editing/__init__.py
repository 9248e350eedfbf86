"""Images edited by an instruction."""
