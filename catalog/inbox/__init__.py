"""The inbox of a dataset: what departments' systems push, checked as it comes, kept until a run lands it."""
