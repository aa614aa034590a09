"""Values that somebody doubts: located at their source, verified there, and made known to all who have the old ones."""
