"""A second decider, written from the access rule's page alone, and the small world that both are asked about."""
