"""The words of the access rule: who asks, what for, what was decided. The rule itself is `catalog/access.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from schemas.dataset import Grade, Json, ScopeRole, Transform


class Tier(IntEnum):
    """Tier of government: 1 province 省 … 6 grid 网格."""

    PROVINCE = 1
    CITY = 2
    COUNTY = 3
    TOWN = 4
    VILLAGE = 5
    GRID = 6


class Mode(StrEnum):
    """How data are taken: bulk 批量, delta 增量, query 查询, verify 核验, file 文件; aggregate 汇总 takes no row."""

    BULK = "bulk"
    DELTA = "delta"
    QUERY = "query"
    VERIFY = "verify"
    FILE = "file"
    AGGREGATE = "aggregate"


ROW_MODES = tuple(mode for mode in Mode if mode is not Mode.AGGREGATE)
"""Those that grants and contracts speak of; figures go without a grant."""


class Role(StrEnum):
    """What a person may do in the catalogue's government; of a credential that no person stands behind: nothing."""

    CATALOGUE_KEEPER = "catalogue_keeper"
    SOURCE_REVIEWER = "source_reviewer"
    AUTHORITY_REVIEWER = "authority_reviewer"
    REQUESTER = "requester"
    SECURITY_AUDITOR = "security_auditor"
    GRID_WORKER = "grid_worker"


ROLES: Mapping[Role, tuple[str, str]] = {
    Role.CATALOGUE_KEEPER: ("目录管理员", "Catalogue keeper"),
    Role.SOURCE_REVIEWER: ("数源部门审核员", "Source reviewer"),
    Role.AUTHORITY_REVIEWER: ("主管部门审核员", "Authority reviewer"),
    Role.REQUESTER: ("需求方经办", "Requester"),
    Role.SECURITY_AUDITOR: ("安全审计员", "Security auditor"),
    Role.GRID_WORKER: ("网格员", "Grid worker"),
}
"""Role -> (Chinese, English)."""

REVIEWERS = frozenset({Role.SOURCE_REVIEWER, Role.AUTHORITY_REVIEWER})
"""Roles that approve. Who audits reads everything and approves nothing, so no auditor holds one of them."""


class Basis(StrEnum):
    """On what a read stands; exactly one."""

    OWNER = "owner"
    GRANT = "grant"
    RETURN = "return"
    OPEN = "open"
    SUPERIOR = "superior"
    """A superior tier's right to figures about the rows of those below it, never to the rows."""


class GrantState(StrEnum):
    """Only `active` lets anybody read."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"


PURPOSES: Mapping[str, tuple[str, str]] = {
    "social_assistance": ("社会救助", "Social assistance"),
    "public_service": ("公共服务", "Public service"),
    "administrative_licence": ("行政许可", "Administrative licensing"),
    "market_supervision": ("市场监管", "Market supervision"),
    "credit_supervision": ("信用监管", "Credit supervision"),
    "public_health": ("公共卫生", "Public health"),
    "grassroots_governance": ("基层治理", "Grass-roots governance"),
    "statistics": ("统计分析", "Statistics"),
    "emergency": ("应急处置", "Emergency response"),
    "data_return": ("数据返还", "Data return"),
    "own_duty": ("本部门履职", "Own duty of the provider"),
    "open_use": ("开放利用", "Open use"),
}
"""The closed list of purposes: code -> (Chinese, English)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks; made from the credential alone, never from a request's body or query."""

    system: str
    """Id of the asking system; empty for the public."""
    organisation: str
    """Unified social credit code; empty for the public."""
    organisation_name: str
    division: str
    """12 digits; empty for the public."""
    tier: Tier
    clearance: Grade = Grade.GENERAL_4
    """Of the system, and of the person where one acts: the lower of both."""
    government: bool = True
    """False for a registered outsider (enterprise, social organisation) and for the public."""
    credential_active: bool = True
    organisation_active: bool = True
    credential: str = ""
    """Id of the credential, for the record."""
    person: str = ""
    """Id of the person whose credential it is; empty for a system's own."""
    post: str = ""
    """The person's name or post, as the organisation registered it."""
    roles: frozenset[Role] = frozenset()
    """Of the person; a system by itself has none: it may ask and submit, but approves nothing."""

    @property
    def public(self) -> bool:
        """Nobody in particular: an ask without a credential."""
        return not self.system


@dataclass(frozen=True, slots=True)
class Grant:
    """One permission: number, purpose, modes, columns with transforms, rows, term. Never combined with another."""

    number: str
    dataset: str
    organisation: str
    purpose: str
    modes: tuple[Mode, ...]
    columns: tuple[str, ...]
    """Empty means: all that the dataset shares."""
    transforms: Mapping[str, Transform]
    divisions: tuple[str, ...]
    """12 digits each; the subtrees that it opens. Empty means: every row (also those without a place)."""
    scope: ScopeRole | None
    """Which role of place `divisions` speak of; None where the rows have none."""
    start: datetime
    end: datetime
    state: GrantState = GrantState.ACTIVE
    systems: tuple[str, ...] = ()
    """Systems of the organisation that may use it; empty means all."""
    quota: int | None = None
    """Reads left in its period; None means unlimited."""
    basis: str = ""
    """Legal basis, as a citation."""
    row_filter: Json = None
    """Typed expression of the grant on rows; None where there is none."""
    rows_per_day: int | None = None
    """Rows that leave in a day; None means unlimited."""
    subjects_per_day: int | None = None
    """Subjects that are verified in a day; None means unlimited."""
    signature: str = ""
    """Document by which the data authority signed that it may be joined with the recipient's others; mostly empty."""
    request: str = ""
    """Number of the sharing request that it was made for; empty where there was none."""
    proving: bool = False
    """Whether nobody has read under it yet, of one that was made for a request."""
    retention_days: int | None = None
    """How long the recipient keeps what it read; None where nobody said."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One ask, whole: the rule looks at nothing else about it."""

    subject: Subject
    dataset: str
    mode: Mode
    purpose: str
    """Empty where the caller named none."""
    moment: datetime
    columns: tuple[str, ...] = ()
    """Empty means: all that I may have."""
    division: str = ""
    """12 digits; empty means: as far as I may see."""
    grant: str = ""
    case: str = ""
    """Case number 案件号, for verify."""
    key: Mapping[str, str] | None = None
    """Full subject key, for verify."""
    filter: Json = None
    basis: Basis | None = None
    """Which basis the caller names; None leaves it to the rule (one must fit, and only one)."""
    compared: Mapping[str, Json] | None = None
    """Columns of which only whether they have this value is told; None where values are served."""
    reads: int = 1
    """How many reads of a quota it takes: as many as subjects are asked about together."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of the dataset at the moment of the ask."""

    published: bool
    held_back: bool
    version: int
    """0 where none is published."""
    smallest_group: int | None = None
    """k of the published version for open data and the linkage guard; None where it was not computed."""
    together: Mapping[str, int | None] = field(default_factory=dict)
    """Number of a grant -> smallest group of persons that it tells apart joined with the recipient's earlier grants.

    A grant that is missing here has nothing to be joined with."""


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's consent 个人授权: key of the person, the organisation that may read, purpose, and for how long."""

    key: str
    organisation: str
    purpose: str
    until: datetime
    since: datetime | None = None
    """None: from ever."""
    dataset: str = ""
    """Empty: every dataset, for this purpose."""


@dataclass(frozen=True, slots=True)
class Roster:
    """All who consented to one organisation's reading one dataset for one purpose, told without naming anybody.

    It stands for what would be a `Consent` for each of them, at any moment from `since` to before `until`.
    """

    dataset: str
    organisation: str
    purpose: str
    persons: int
    mark: str
    """Digest of who they are and of how often the book had changed: never the same after somebody came or went."""
    since: datetime
    until: datetime | None = None
    """When the next consent begins or ends; None where none does."""


@dataclass(frozen=True, slots=True)
class ColumnView:
    """What becomes of one column: clear, transformed, or not there at all (`DROP`), and why."""

    name: str
    transform: Transform
    reason: str = ""
    """Empty for clear, else a code: `ITEM_DEFAULT`, `GRANT`, `TIER`, `GRADE`, `WITHHELD`, `NOT_GRANTED`,
    `NOT_ASKED`, `POINTS_AT_SOMEBODY` (figures are made of other items)."""


@dataclass(frozen=True, slots=True)
class RowScope:
    """Which rows: those whose `column` lies, through the division tree as of `at`, under one of `divisions`."""

    column: str
    """Name of the division column; empty with empty `divisions`: every row."""
    divisions: tuple[str, ...]
    at: date
    keys: tuple[str, ...] | None = None
    """Only these subjects (consent, verify); None means no such limit."""
    filter: Json = None
    key_columns: tuple[str, ...] = ()
    """Columns that `keys` are values of (several joined by U+001F); empty without `keys`."""
    roster: str = ""
    """Mark of the only roster whose persons' rows may leave; empty: no such limit."""
    person_columns: tuple[str, ...] = ()
    """Columns by which the roster knows a person; empty without one."""
    consents: int | None = None
    """How many persons' consents were applied; None where the data or the basis ask for none."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One gate's answer, for `explain`: what it looked at, in both languages."""

    name: str
    """`G0` … `G12`."""
    passed: bool
    code: str
    """`OK`, or the refusal's code."""
    said: str
    said_en: str
    clause: str = ""
    """The clause, grant number or setting that decided."""


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of the access rule to one ask. Rows are reachable through an allowing one only."""

    ask: Ask
    allowed: bool
    basis: Basis | None
    grant: str
    version: int
    columns: tuple[ColumnView, ...]
    """Every field of the dataset; those with `DROP` are not served."""
    rows: RowScope | None
    gates: tuple[Gate, ...]
    code: str
    """`OK`, or the code of the first gate that refused."""
    gate: str
    """Name of the first gate that refused; empty when allowed."""
    following: str
    """What to do next, Chinese; empty when allowed."""
    following_en: str
    obligations: tuple[str, ...] = ()
    """What the recipient must keep, e.g. `no_onward`, `receipt`."""
    most: int | None = None
    """Rows that this read may page through; None means no such limit."""

    @property
    def served(self) -> tuple[ColumnView, ...]:
        """The columns that leave, in the dataset's order."""
        return tuple(c for c in self.columns if c.transform is not Transform.DROP)
