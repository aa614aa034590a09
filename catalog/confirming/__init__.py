"""What waits for the word of a reviewer of its source 待确认: how it arises, who may see it, who decides it."""
