"""Other people's tools on our contracts and files, each in an environment of its own."""
