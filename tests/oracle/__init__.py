"""Second judges who share no code with ours: of access (cells, served, world) and of rules (promises, judging)."""
