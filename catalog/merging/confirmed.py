"""How many rows officers confirmed to be gone at a source, as it is stored."""

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, insert, select

from catalog.merging.tables import confirmed_deletes


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An officer's word that as many rows are rightly gone; who and why is their deed's, under the receipt."""

    dataset: str
    window: str
    """Key of the window that was held back."""
    version: int
    """Number of the version that was."""
    removed: int
    receipt: str


def most(connection: Connection, dataset: str, window: str) -> int:
    """As many removed rows as are confirmed for a window; 0 where none are."""
    table = confirmed_deletes
    wanted = select(func.max(table.c.removed)).where(table.c.dataset == dataset, table.c.window == window)
    return connection.scalar(wanted) or 0


def enter(connection: Connection, one: Confirmed) -> None:
    """Keep it."""
    connection.execute(insert(confirmed_deletes).values(asdict(one)))
