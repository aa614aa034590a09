"""How rows lie in a published version, and the only ways out of it."""
