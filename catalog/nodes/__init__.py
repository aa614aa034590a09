"""Nodes: who stands above and below this one, and what goes between them, signed on both sides."""
