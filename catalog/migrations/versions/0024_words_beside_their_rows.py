"""On PostgreSQL the vectors of the card index lie beside their rows, so that what an index finds is read quickly.

Revision 0024, after 0023.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the revision before to this one. Rows that are there are written anew, which moves their vectors."""
    if op.get_bind().dialect.name == "postgresql":
        for column in ("words", "items"):
            op.execute(f"ALTER TABLE card_words ALTER COLUMN {column} SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE card_words SET (toast_tuple_target = 128)")
        op.execute("UPDATE card_words SET words = words || ''::tsvector, items = items || ''::tsvector")


def downgrade() -> None:
    """Back to the revision before."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE card_words RESET (toast_tuple_target)")
        for column in ("words", "items"):
            op.execute(f"ALTER TABLE card_words ALTER COLUMN {column} SET STORAGE EXTENDED")
