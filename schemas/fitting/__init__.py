"""One column of texts to its declared type: exactly, or refused value by value with a reason."""
