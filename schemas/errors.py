"""Everything that can go wrong, as one tree; a class for each thing the caller does differently.

YishuError                      what every door catches
├── Refused                     the access rule said no: tell the caller why and what to do next
├── Unknown                     there is no such thing for this caller (same answer as for a hidden one)
├── Unidentified                no credential, or one that is not valid now
├── BadInput                    the caller's words do not fit: say what was found and what was expected
│   ├── ContractBroken          a contract file has mistakes; carries all of them
│   ├── SecretData              secret data must never enter: nothing of it was kept
│   ├── TooLarge                more was sent than is taken at once: split it
│   ├── KeyTaken                an idempotency key was used for something else: take a fresh one
│   └── BadAsk                  an HTTP ask or a command has a wrong parameter
│       └── WrongMediaType      a body is written or packed in a way that is not read here
├── SourceFault                 the trouble lies in a department's system
│   ├── SourceUnreachable       nobody answers, or too slowly: try again later
│   └── SourceChanged           it answers, but not with what the contract promises: stop and tell its owner
├── RecipientUnreachable        a recipient's server did not take what was delivered: try again later
├── Busy                        too many at once: the same ask may succeed in a moment
│   └── DaySpent                a grant has given what it gives in a day: tomorrow again
├── HeldBack                    the data arrived and did not pass: the last good version stays
│   └── Overtaken               it was merged into a version that is not the last one any more: judge it again
└── NotReady                    this installation is not set up for it: the operator must act
    └── LakeUnreachable         the bucket of its lake does not answer: try again later
"""

from collections.abc import Sequence
from dataclasses import dataclass


class YishuError(Exception):
    """The root: its text is one sentence for a person."""

    code: str = "ERROR"
    again: bool = False
    """Whether the same call may succeed later without anybody changing anything."""


class Refused(YishuError):
    """The access rule refused; `gate`, `code` and `next` stand in access.md's table."""

    def __init__(self, sentence: str, *, code: str, gate: str, following: str, receipt: str = "") -> None:
        super().__init__(sentence)
        self.code = code
        self.gate = gate
        self.following = following
        self.receipt = receipt
        """Number of the receipt that records this refusal; empty where none was written."""


class Unknown(YishuError):
    """No such thing, or none that this caller may know of."""

    code = "UNKNOWN"


class Unidentified(YishuError):
    """A credential is missing, malformed, revoked or expired."""

    code = "UNIDENTIFIED"


class BadInput(YishuError):
    """What was found does not fit what was expected; nothing was changed."""

    code = "BAD_INPUT"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake of a file: where it is, what stands there, what should."""

    file: str
    line: int
    """1-based; 0 where the file as a whole is meant."""
    where: str
    """Path inside the file, e.g. `schema[0].properties[3].logicalType`."""
    found: str
    expected: str
    """Empty where `found` tells both."""

    def __str__(self) -> str:
        if not self.expected:
            return f"{self.file}:{self.line}: {self.where}: {self.found}"
        return f"{self.file}:{self.line}: {self.where}: found {self.found}, expected {self.expected}"


class ContractBroken(BadInput):
    """A contract file has mistakes, all listed at once. Trying again is of no use."""

    code = "CONTRACT_BROKEN"

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(m) for m in self.mistakes))


class SecretData(BadInput):
    """Something is marked secret 涉密. It was refused, and nothing of what it said was kept, in a log neither."""

    code = "SECRET_DATA"


class BadAsk(BadInput):
    """A parameter of an ask is wrong; the message lists what is valid."""

    code = "BAD_ASK"


class WrongMediaType(BadAsk):
    """A body is written or packed in a way that is not read here; the message lists those that are."""

    code = "WRONG_MEDIA_TYPE"


class TooLarge(BadInput):
    """More was sent than is taken at once; nothing of it was kept."""

    code = "TOO_LARGE"


class KeyTaken(BadInput):
    """The same idempotency key came before with something else; nothing was changed."""

    code = "IDEMPOTENCY_KEY_TAKEN"


class SourceFault(YishuError):
    """A department's system is the place to look."""

    code = "SOURCE_FAULT"
    advice: str = "ask the department, or correct the contract"
    """What somebody should do about it."""


class SourceUnreachable(SourceFault):
    """No answer from the source, or none in time. Worth another try with back-off."""

    code = "SOURCE_UNREACHABLE"
    again = True
    advice = "try again later; where it stays so, ask the department"


class SourceChanged(SourceFault):
    """The source answers, but its columns, types or files are not those of the contract or of the plan."""

    code = "SOURCE_CHANGED"


class RecipientUnreachable(YishuError):
    """A recipient's server does not answer, or did not take all of it. Worth another try with back-off."""

    code = "RECIPIENT_UNREACHABLE"
    again = True


class Busy(YishuError):
    """As much is being done at once as this installation can; nothing was recorded."""

    code = "BUSY"
    again = True

    def __init__(self, sentence: str, after: int = 1) -> None:
        super().__init__(sentence)
        self.after = after
        """Seconds until it is worth another try."""


class DaySpent(Busy):
    """The rows or subjects of a day that a grant gives have been taken."""

    code = "DAY_SPENT"


class HeldBack(YishuError):
    """A critical rule failed: the version is not published and the last good one stays."""

    code = "HELD_BACK"


class Overtaken(HeldBack):
    """Another version was published since the rows were merged into the one before; judged again they may pass."""


class NotReady(YishuError):
    """A setting, a driver, a migration or a file of this installation is missing."""

    code = "NOT_READY"


class LakeUnreachable(NotReady):
    """The bucket in which the lake lies does not answer, or refuses; nothing half done counts."""

    code = "LAKE_UNREACHABLE"
    again = True
    after = 5
    """Seconds until it is worth another try."""
