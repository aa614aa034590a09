"""The counter: HTTP in, HTTP out, and the data officers' pages."""
