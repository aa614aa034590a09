"""Whether landed data keep the owner's promise."""
