"""The ledger: who looked at what, on record before the first byte, in a log that nobody can change unseen."""
