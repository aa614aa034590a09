"""The code tables that the package carries, one CSV each; `SOURCES.md` beside the folder says where they come from."""
