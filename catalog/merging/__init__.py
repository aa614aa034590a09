"""Windows that are merged into the version before: which one that is, and what an officer confirmed to be gone."""
