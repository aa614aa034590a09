"""Windows that are merged into the version before: which one that is."""
