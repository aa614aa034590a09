"""Services that hand out records on request, page by page."""
