"""`--from CONNECTION[:NAME]`: what a connection has, and one thing of it with its columns and a bounded sample."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from cli.connections import connection
from cli.drafting.column import Rows
from connectors.exploring import Offer
from connectors.protocol import Stream
from connectors.sampling import offers, rows_of, stream_of
from schemas.connection import Connection, nearest
from schemas.errors import BadInput, SourceFault

MOST = 200
"""Offers that are listed for a person; `--json` lists all."""
ARCHIVES = (".zip", ".gz")


@dataclass(frozen=True, slots=True)
class Looked:
    """One offer, looked at."""

    offer: Offer
    stream: Stream
    rows: Rows
    said: str
    """Why the sample is not all that was asked for; empty where it is."""


def named(environment: Mapping[str, str], source: str) -> tuple[Connection, str]:
    """The connection and the name in it that `CONNECTION[:NAME]` tells; BadInput, NotReady where there is none."""
    identifier, _, name = source.partition(":")
    found = nearest(connection(environment, identifier.strip()))
    if found is None:
        raise BadInput(
            f"--from: found {source!r}, expected CONNECTION or CONNECTION:TABLE, e.g. civil_affairs_db:relief"
        )
    return found, name.strip()


def chosen(of: Connection, name: str, wanted: str) -> Offer:
    """The one thing of that name; BadInput lists what it is most like, or all that fits."""
    found = offers(of, name, wanted)
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f"{of.id}: {name!r} is several things: {', '.join(o.name for o in found)}; name one of them")
    if name.lower().endswith(ARCHIVES):
        raise BadInput(
            f"{of.id}: {name} is an archive, and nothing is drafted from those; draft from a file that it holds, "
            f"put beside it, then let the options name the archive and its packing: pattern: {name!r}, {_packed(name)}"
        )
    known = [offer.name for offer in offers(of, "", wanted)]
    near = get_close_matches(name, known, n=5, cutoff=0.4)
    like = f"; most like it: {', '.join(near)}" if near else ""
    raise BadInput(
        f"{of.id}: found no {name!r} among {len(known)}{like}. `yishu contract new KEY --from {of.id}` lists them all"
    )


def _packed(name: str) -> str:
    return 'zip: {member: "*.csv"}' if name.lower().endswith(".zip") else "gzip: {}"


def looked(offer: Offer, of: Connection, now: datetime) -> Looked:
    """Its columns and some rows; those before the first that cannot be read, and why it cannot."""
    if offer.form == "file" and offer.size == 0:
        raise BadInput(f"{of.id}: {offer.name} is empty, expected a file with rows; draft from another of its kind")
    stream = stream_of(offer, of)
    rows: list[Mapping[str, str | None]] = []
    try:
        rows.extend(rows_of(offer, of, stream, now))
    except (SourceFault, BadInput) as wrong:
        return Looked(offer, stream, tuple(rows), str(wrong))
    return Looked(offer, stream, tuple(rows), offer.unsampled)


def listed(found: Sequence[Offer]) -> Iterator[str]:
    """Offers for a person: name, what it is, rows, size, comment."""
    width = max((len(offer.name) for offer in found[:MOST]), default=0)
    for offer in found[:MOST]:
        rows = "" if offer.rows is None else f"about {offer.rows:,} rows"
        told = (offer.form, rows, _size(offer.size), offer.comment)
        yield f"{offer.name:<{width}}  {' · '.join(part for part in told if part)}"
    if len(found) > MOST:
        yield f"… and {len(found) - MOST} more; --json lists them all"


def _size(size: int | None) -> str:
    if size is None:
        return ""
    amount = float(size)
    for unit in ("B", "KB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
