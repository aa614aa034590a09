"""Tests mirror the rooms; `fakes.py` and `oracle/` are what they share."""
