"""The lists of data sharing, made from the catalogue: their lines, who sees them, signed editions and differences."""
