"""Entries of other nodes' catalogues, beside our own and never among them."""
