"""By what a consent knows a person or an enterprise: the keyed token as the ledger keeps it, never a number.

Whoever reads the database finds 16 bytes that cannot be turned back, tested or asked with.
"""

from collections.abc import Callable, Mapping

from catalog.ledger import tokens
from catalog.rule.consent import JOINT, person_columns
from schemas.dataset import Dataset
from schemas.errors import BadInput

LONGEST = 200
"""Characters of one value of a subject's key."""


def naming(secret: bytes, dataset: Dataset) -> Callable[[str], bytes]:
    """Values of the person's columns, joined by U+001F -> what is kept of them."""
    columns = person_columns(dataset)
    element = dataset.field(columns[0]).element if len(columns) == 1 else None
    if element in tokens.WORN:  # one number that names the same person everywhere: most rows come this way
        kind = str(element)
        return lambda text: tokens.about_subject(tokens.of_subject(secret, kind, text))
    return lambda text: tokens.about_subject(
        tokens.of_key(secret, dataset, dict(zip(columns, text.split(JOINT), strict=False)))
    )


def named(secret: bytes, dataset: Dataset, subject: Mapping[str, str]) -> bytes:
    """What is kept of a subject that a consent to one dataset names by its columns; BadInput lists them."""
    columns = person_columns(dataset)
    if set(subject) != set(columns) or not columns:
        raise BadInput(f"subject: found {', '.join(subject)[:200] or 'nothing'}, expected {', '.join(columns)}")
    return naming(secret, dataset)(JOINT.join(_whole(subject[name]) for name in columns))


def numbered(secret: bytes, subject: Mapping[str, str]) -> bytes:
    """What is kept of a subject that a consent to a purpose names, by a number that every dataset knows it by."""
    if len(subject) != 1 or next(iter(subject)) not in tokens.WORN:
        raise BadInput(
            f"subject: found {', '.join(subject)[:200] or 'nothing'}, expected one of {', '.join(tokens.WORN)}"
        )
    kind, value = next(iter(subject.items()))
    return tokens.about_subject(tokens.of_subject(secret, kind, _whole(value)))


def _whole(value: str) -> str:
    if not value.strip() or len(value) > LONGEST or JOINT in value:
        raise BadInput(f"subject: found an empty value or one of more than {LONGEST} characters, expected a full key")
    return value
