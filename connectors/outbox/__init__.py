"""The outbox: how a file or a word reaches a recipient's own server. Knows no dataset, no grant and no database."""
