"""What each way of writing RDF must do to IRIs and texts before they stand in a document."""

import re
from urllib.parse import quote

from schemas.rdf import PREFIXES

NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold, and half characters, which no document at all can."""
LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def safe_iri(told: str) -> str:
    """The IRI with everything percent-encoded that may not stand in one."""
    return quote(told, safe=";/?:@&=+$,#%!*'()~[]-_.")


def safe_text(told: str) -> str:
    """The text as every document can hold it."""
    return NOT_IN_XML.sub("�", told)


def shortened(told: str) -> tuple[str, str] | None:
    """Prefix and local name of an IRI out of one of our vocabularies; None for any other."""
    for prefix, space in PREFIXES.items():
        if told.startswith(space) and LOCAL.fullmatch(told[len(space) :]):
            return prefix, told[len(space) :]
    return None
