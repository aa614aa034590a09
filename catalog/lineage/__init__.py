"""Where data come from and where they go: declared by contracts, told by other systems' runs, walked within bounds."""
