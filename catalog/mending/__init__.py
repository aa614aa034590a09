"""Faults on their way back to the source: incidents, the records concerned, and who is told."""
