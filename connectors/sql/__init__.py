"""Databases of departments: one read-only snapshot of a table, in exact texts."""
