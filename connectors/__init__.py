"""How data leave a department's system, read-only, and land as Parquet with a manifest."""
