"""The steps of a delivery: what is due, the file, the word. They know nothing of a scheduler."""
