"""Whether persons can be singled out: in one version, and in all that a recipient holds together."""
