"""How what a connector reads becomes typed Parquet: fitted to the contract, written in parts, committed once."""
