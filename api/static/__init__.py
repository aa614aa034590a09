"""What a browser fetches besides the pages: one style sheet, all of it ours."""
