"""Where a lake's files are, on this machine's disk or far away, and how the rooms come by them."""
