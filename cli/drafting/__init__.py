"""A contract drafted from its source: what the source says stands, what is likely is marked, the rest is asked."""
