"""Entries of the catalogue 目录条目: what departments say that they have, its way to publication and its end."""
