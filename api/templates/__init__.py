"""Templates of the pages; texts come from `api/words.py`."""
