"""Deliveries: who subscribed to what, what is due, and what became of it; how it travels is not known here."""
