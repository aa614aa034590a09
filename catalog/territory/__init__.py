"""What is recorded about divisions beside the tree: which years were imported, who is right, where zones lie."""
