"""The card index of the catalogue: one card for each dataset, by which it is found, counted and put in order."""
