"""What comes on some topics within a few seconds, and which topics there are: nothing waits for us, or goes for it."""

import time
from collections import Counter
from collections.abc import Generator
from contextlib import closing
from itertools import islice
from secrets import token_hex
from typing import Any

from connectors.exploring import Offer
from connectors.streams.link import Address, link
from schemas.connection import Connection
from schemas.errors import SourceUnreachable

LISTENING_S = 5.0
"""For so long it is listened which topics there are."""
MOST = 100_000
"""Messages that are counted."""
SHARED = ("$share/", "$queue/")
"""How filters begin whose messages go to one of several subscribers: who looks would take them from who reads."""
_SESSION = "a sample would begin a session at the broker, in which messages wait: only some that came by were looked at"


def heard(address: Address, topics: tuple[str, ...], seconds: float, quiet: float) -> Generator[Any]:
    """Messages as they come, retained ones first, until `seconds` are over or, once some have come, none for `quiet`.

    By a session of its own, which ends with the look.
    """
    with link(address, clean=True) as opened:
        opened.subscribe(topics)
        over = end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not opened.broken:
            some = opened.gather(min(left, 0.05))
            for one in some:
                opened.client.ack(one.mid, one.qos)  # else the broker ends after some twenty
                yield one
            if some:
                end = min(time.monotonic() + quiet, over)
        if opened.broken:
            raise SourceUnreachable(f"{address.where}: {opened.broken}")


def offers(connection: Connection, name: str, seconds: float = LISTENING_S) -> tuple[Offer, ...]:
    """The topics on which something comes within so many seconds; with a name that topic, or filter of several."""
    if name.startswith(SHARED):
        return ()
    if name:
        return (Offer(name, "topic", "mqtt", {"topics": [name]}, unsampled=_SESSION),)
    count: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    address = Address(connection, f"yishu-looks-{token_hex(4)}")
    with closing(heard(address, ("#",), seconds, seconds)) as came:
        for one in islice(came, MOST):
            count[one.topic] += 1
            kept[one.topic] += one.retain
    return tuple(_offer(topic, count[topic], kept[topic], seconds) for topic in sorted(count))


def _offer(topic: str, count: int, kept: int, seconds: float) -> Offer:
    came = [f"{count - kept} messages within {seconds:g} s"] if count > kept else []
    told = ", ".join([*came, *(["one retained"] if kept else [])])
    return Offer(topic, "topic", "mqtt", {"topics": [topic]}, comment=told, unsampled=_SESSION)
