"""The yishu command: thin verbs over the other rooms."""
