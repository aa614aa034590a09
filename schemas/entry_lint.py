"""The self-check of catalogue entries: named rules over one entry, each with what to write instead.

Those over names, codes and formats come from a list of errors that departments really make in catalogues.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from schemas import entry_flaws, entry_terms
from schemas.dataset import Severity
from schemas.entry import Entry
from schemas.entry_flaws import Found


@dataclass(frozen=True, slots=True)
class Flaw:
    """What a rule found: where, said, and what to write instead, in Chinese and English."""

    rule: str
    severity: Severity
    where: str
    said: tuple[str, str]
    fix: tuple[str, str]


def self_check(entry: Entry, today: date) -> tuple[Flaw, ...]:
    """Everything that the rules find; an entry with an error goes nowhere."""
    return tuple(
        Flaw(name, severity, *found) for name, (severity, rule) in RULES.items() for found in rule(entry, today)
    )


def errors(flaws: Iterable[Flaw]) -> tuple[Flaw, ...]:
    """Those that must be mended."""
    return tuple(one for one in flaws if one.severity is Severity.ERROR)


_E, _W = Severity.ERROR, Severity.WARNING
RULES: dict[str, tuple[Severity, Callable[[Entry, date], Iterable[Found]]]] = {
    "missing": (_E, entry_flaws.missing),
    "secret-word": (_E, entry_flaws.secret_word),
    "system-name": (_E, entry_flaws.system_name),
    "provider-code": (_E, entry_flaws.provider_code),
    "code-form": (_E, entry_flaws.code_form),
    "sharing-terms": (_E, entry_terms.sharing),
    "item-wider": (_E, entry_terms.item_wider),
    "everything-withheld": (_E, entry_terms.everything_withheld),
    "opening-terms": (_E, entry_terms.opening),
    "format-and-mode": (_E, entry_terms.formats),
    "items": (_E, entry_terms.items),
    "contact-is-person": (_E, entry_flaws.contact),
    "unit-in-text": (_W, entry_terms.units),
    "empty-abstract": (_W, entry_flaws.short_abstract),
    "date-to-come": (_W, entry_flaws.future),
    "not-yet-told": (_W, entry_flaws.wish),
}
"""Name -> (severity, rule). Errors bar the way to review, warnings do not."""
