"""What exists, who may see it, who looked: proofs."""
