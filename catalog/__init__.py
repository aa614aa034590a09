"""What exists, who owns it, who may see it, who looked."""
