"""A make-believe city with seeded departmental systems."""
