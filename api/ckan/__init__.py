"""CKAN's Action API, the part that readers use, over the same rule and receipts as everything else."""
