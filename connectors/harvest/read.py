"""All entries of a foreign catalogue, each id once; none at all where it could not be read to its end."""

from connectors.harvest import ckan, dcat
from schemas.errors import SourceChanged
from schemas.foreign import MOST_ENTRIES, ForeignCatalogue, ForeignEntry, Speaks

READERS = {Speaks.DCAT: dcat.read, Speaks.CKAN: ckan.read}


def read(catalogue: ForeignCatalogue) -> tuple[ForeignEntry, ...]:
    """Raises SourceUnreachable, SourceChanged or BadInput: half a catalogue would look like removals."""
    found: dict[str, ForeignEntry] = {}
    for one in READERS[catalogue.speaks](catalogue):
        if one.id:
            found.setdefault(one.id, one)
        if len(found) > MOST_ENTRIES:
            raise SourceChanged(f"{catalogue.name}: found more than {MOST_ENTRIES} entries")
    if not found:
        raise SourceChanged(f"{catalogue.name}: found no entry at all, expected some")
    return tuple(found.values())
