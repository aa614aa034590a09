"""The parts of the access rule that `catalog.access` puts together: pure, and each one question."""
