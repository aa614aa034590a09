"""Filters on rows: read from text, typed, looked at by the access rule, evaluated on Arrow tables."""
