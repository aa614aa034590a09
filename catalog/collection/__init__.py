"""Collected once: who is right about an item, what is collected already, and what was not collected again."""
