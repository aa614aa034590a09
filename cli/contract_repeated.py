"""What contracts would collect that is collected already: asked of the catalogue where there is one at hand."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from catalog import database, divisions
from catalog.collection.contracts import Repeated, repeated
from catalog.lake.where import open_lake
from schemas.dataset import Dataset
from schemas.errors import BadInput, NotReady
from schemas.journey import SHANGHAI
from schemas.settings import Settings


def repetitions(settings: Settings, datasets: Sequence[Dataset], now: datetime) -> tuple[Repeated, ...]:
    """Fields of the contracts that have a source or are collected already; nothing where there is no catalogue."""
    file = settings.database_url.removeprefix("sqlite:///")
    if not datasets or (file != settings.database_url and not Path(file).is_file()):
        return ()
    engine = database.connect(settings.database_url)
    try:
        database.require_current(engine)
        with engine.connect() as connection:
            day = now.astimezone(SHANGHAI).date()
            return repeated(connection, datasets, day, divisions.tree(engine), open_lake(settings))
    except (NotReady, *database.UNAVAILABLE):
        return ()
    finally:
        engine.dispose()


def refuse(found: Sequence[Repeated]) -> None:
    """BadInput where a new contract would collect what has an authority source, or the same subjects again."""
    grave = [one for one in found if one.refused]
    if grave:
        raise BadInput(
            f"collected already: {'; '.join(map(str, grave))}. Reuse it, or clear a collection form for this dataset "
            "(/forms, with `dataset` and `column`) on which each is reused or exempted"
        )
