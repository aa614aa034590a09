"""Who used my data: what a subject finds of the answers that told of them, one by one or among many."""
