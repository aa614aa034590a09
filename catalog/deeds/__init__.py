"""Deeds 处置, each with its reason: a digest of the words on the ledger first, the words themselves beside it."""
