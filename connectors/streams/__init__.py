"""Streams of messages, taken in micro-batches that lose nothing and double nothing."""
