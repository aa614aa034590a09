"""Delta Sharing, the open protocol, over the same rule and receipts as everything else."""
