"""Alembic's migrations of the catalogue, carried in the package; run by `catalog.database.upgrade`."""
