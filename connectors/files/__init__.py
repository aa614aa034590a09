"""Files that departments leave in a place: which belong to a window, and how each format becomes rows."""
