"""An answer that fails after its receipt was written is on record too: what broke by our fault counts against us."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from api.desk import Desk
from schemas.errors import BadAsk, BadInput, HeldBack, NotReady, Refused, Unidentified, Unknown

NOT_OURS = (Refused, Unidentified, Unknown, BadAsk, BadInput, HeldBack, GeneratorExit, asyncio.CancelledError)
"""The asker's matter: a permission that ended, a wrong parameter, a reader that went away."""
log = logging.getLogger("yishu.api")


@contextmanager
def answering(desk: Desk, receipt: str, dataset: str) -> Iterator[None]:
    """Whatever else breaks the work inside leaves a receipt that says so; the error goes on."""
    whole = False
    try:
        yield
        whole = True
    except NOT_OURS:
        whole = True
        raise
    finally:
        if not whole:
            _note(desk, receipt, dataset)


def _note(desk: Desk, receipt: str, dataset: str) -> None:
    try:
        desk.shelf.receipts.note_failure(receipt, dataset, "BROKEN_OFF", desk.now())
    except NotReady as wrong:
        log.error("%s: the failed answer of receipt %s could not be put on record: %s", dataset, receipt, wrong)
