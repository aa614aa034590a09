"""Following 关注: who wants to hear of which data, what is told in inboxes, and what is sent outside."""
