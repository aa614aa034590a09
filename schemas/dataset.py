"""What a contract promises: a dataset, its fields, its rules and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from schemas.catalogued import NOTHING_TOLD, Catalogued
from schemas.engine import Engine
from schemas.origin import Assessment, Indicator, Origin
from schemas.schema_contract import AS_USUAL, SchemaContract
from schemas.source_limits import NO_LIMITS, SourceLimits


class Kind(StrEnum):
    """The types a field may have. Codes are text, money is decimal."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"


@dataclass(frozen=True, slots=True)
class FieldType:
    """A kind and, for decimals, how many digits (`precision` 1–38, of which `scale` after the point)."""

    kind: Kind
    precision: int = 0
    scale: int = 0

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})" if self.kind is Kind.DECIMAL else self.kind.value


class Sharing(StrEnum):
    """Sharing class 共享属性: open 开放, unconditional 无条件共享, conditional 有条件共享, withheld 不予共享."""

    OPEN = "open"
    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    WITHHELD = "withheld"


class Opening(StrEnum):
    """Open attribute 开放属性: unconditional 无条件开放, conditional 有条件开放, closed 不予开放."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    CLOSED = "closed"


class Grade(IntEnum):
    """Grade of an item under GB/T 43697: general 1–4 一般, important 重要, core 核心."""

    GENERAL_1 = 1
    GENERAL_2 = 2
    GENERAL_3 = 3
    GENERAL_4 = 4
    IMPORTANT = 5
    CORE = 6

    @property
    def word(self) -> str:
        """As contracts write it: `general-1` … `general-4`, `important`, `core`."""
        return _GRADES[self]


_GRADES = {grade: grade.name.lower().replace("_", "-") for grade in Grade}


class Identifying(StrEnum):
    """How an item points at a person or enterprise."""

    DIRECT = "direct"
    QUASI = "quasi"
    SENSITIVE = "sensitive"
    NONE = "none"


class Transform(IntEnum):
    """What is done to a value before it leaves, weakest to strictest; the strictest that applies wins."""

    CLEAR = 0
    MASK = 1
    TOKEN = 2
    BUCKET = 3
    DROP = 4

    @property
    def word(self) -> str:
        """As contracts and answers write it: `clear`, `mask`, `token`, `bucket`, `drop`."""
        return _TRANSFORMS[self]


_TRANSFORMS = {transform: transform.name.lower() for transform in Transform}


class ScopeRole(StrEnum):
    """What a division column means: 户籍, 居住, 发生地, 注册地, 采集地."""

    HOUSEHOLD = "household"
    RESIDENCE = "residence"
    OCCURRENCE = "occurrence"
    REGISTERED = "registered"
    COLLECTED_BY = "collected_by"


class Severity(StrEnum):
    """critical blocks the version, error sends the row to quarantine, warning only lowers the score."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"


class Dimension(StrEnum):
    """Quality dimensions of GB/T 36344: 完整性, 规范性, 准确性, 一致性, 时效性."""

    COMPLETENESS = "completeness"
    CONFORMITY = "conformity"
    ACCURACY = "accuracy"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"


class Load(StrEnum):
    """snapshot: each landing is the whole truth. append: each window adds its rows, a window again replaces itself.

    merge 增量合并: each window's rows take the place of those with their keys, all others stay.
    """

    SNAPSHOT = "snapshot"
    APPEND = "append"
    MERGE = "merge"


Json = Any
"""Any value that JSON can hold."""


@dataclass(frozen=True, slots=True)
class Field:
    """One item 信息项 of a dataset.

    `name` is the column in Parquet and in the API; `source_name` what the department's system calls it.
    `element` names the data element 数据元 whose checks it inherits. `scope` is set on division columns.
    """

    name: str
    title: str
    """Chinese name, shown first."""
    title_en: str
    type: FieldType
    source_name: str
    required: bool = False
    key: int = 0
    """Position in the primary key, from 1; 0 where it is no part of it."""
    element: str | None = None
    grade: Grade = Grade.GENERAL_2
    identifying: Identifying = Identifying.NONE
    transform: Transform = Transform.CLEAR
    """Default transform for everybody but the owner and the returned."""
    shareable: bool = True
    """False: this item is withheld 不予共享 although its dataset is shared."""
    withheld_basis: str = ""
    scope: ScopeRole | None = None
    format: str = ""
    """strptime pattern of dates and timestamps at the source; empty means ISO 8601."""
    null_markers: tuple[str, ...] | None = None
    """Source texts that mean "missing" in this field; None takes those of the source."""
    description: str = ""
    authority: str = ""
    """Who is right where several sources give this item 数源: an organisation's name, or a dataset's key."""
    condition: str = ""
    """On which condition this item is shared, beyond that of its dataset 信息项共享条件; for who reviews requests."""
    assessment: Assessment | None = None
    """Why a derived field may be less strict than what it is made of."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise about the values, in the vocabulary of Great Expectations (which only `quality/` imports).

    `arguments` are the expectation's keyword arguments without the columns' repetition rules of ours:
    e.g. `expect_column_values_to_be_between`, `{"column": "amount", "min_value": 0}`.
    """

    name: str
    """Stable within the dataset, e.g. `person_id.required`."""
    expectation: str
    arguments: Mapping[str, Json]
    severity: Severity
    dimension: Dimension
    title: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Deletes:
    """How rows that are gone at the source are noticed 删除核对: all its keys are read, what has none is removed."""

    snapshot: str
    """When: a cron, of which the days count, or an ISO 8601 duration between two looks."""
    most_share: float = 0.05
    """Share of the keys that may be gone at once; more are removed only when an officer has confirmed them."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where and how a dataset is collected. `options` belong to the connector of that `kind`, which checks them."""

    kind: str
    connection: str
    """Id of the Airflow connection that holds address and secret; empty where none is needed."""
    options: Mapping[str, Json]
    load: Load = Load.SNAPSHOT
    null_markers: tuple[str, ...] = ("",)
    schedule: str = "0 2 * * *"
    """Cron in Asia/Shanghai; empty for a derived dataset, which runs when its inputs have landed."""
    on_misfit: Severity = Severity.ERROR
    """A value that does not fit its type: error = the row goes to quarantine, critical = the batch is refused."""
    inputs: tuple[str, ...] = ()
    """Keys of the datasets that a derived dataset reads."""
    pool: str = ""
    """Airflow pool of the source system; `source_<connection>` where the contract names none."""
    schema_contract: SchemaContract = AS_USUAL
    """What becomes of rows when the source changes."""
    limits: SourceLimits = NO_LIMITS
    """What the system's owner allows of asking."""
    order: str = ""
    """Of a merge: the field that tells which of two rows of a key is the later one; empty where none does."""
    lag: str = ""
    """ISO 8601 duration that each window of a merge reads again before its beginning, for rows that came late."""
    deletes: Deletes | None = None
    """Of a merge: how rows that are gone at the source are noticed; None: they stay."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset as its contract promises it; the unit of sharing."""

    key: str
    """`<department>.<dataset>`, lower-case ASCII: the contract's id, the DAG's id, the word in URLs."""
    version: str
    """Version of the contract, semantic versioning."""
    title: str
    title_en: str
    description: str
    description_en: str
    owner: str
    """Unified social credit code of the providing organisation, 18 characters."""
    owner_name: str
    division: str
    """Division of the owner, 12 digits."""
    sharing: Sharing
    sharing_condition: str
    withheld_basis: str
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    source: Source
    update_cycle: str
    """ISO 8601 duration, e.g. `P1D`."""
    subject_kind: str = ""
    """`person`, `enterprise` or empty: whom a row is about."""
    default_scope: str = ""
    """Name of the division column that versions are sorted by; empty where rows have no place."""
    tags: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    modes: tuple[str, ...] = ("bulk", "query", "verify")
    contract_file: str = ""
    contract_hash: str = ""
    extra: Mapping[str, Json] = field(default_factory=dict)
    catalogue_code: str = ""
    """Code in the government's resource catalogue 目录编码; empty where it has none yet."""
    opening: Opening | None = None
    """To the public; None where the contract does not say."""
    opening_condition: str = ""
    grace: str = ""
    """How long after its update cycle a version may be late, as an ISO 8601 duration; empty means not at all."""
    consent: bool = False
    """Whether rows about a person need that person's consent 个人授权."""
    subject_key: tuple[str, ...] = ()
    """Fields that together name one subject, for verify; empty means the primary key."""
    formats: tuple[str, ...] = ()
    """Formats that the catalogue gives for the resource 资源格式."""
    assessment: Assessment | None = None
    """Why a derived dataset may be shared more widely than its inputs, and without their persons' consent."""
    indicator: Indicator | None = None
    catalogued: Catalogued = NOTHING_TOLD
    """What it says for the catalogue alone."""
    engine: Engine | None = None
    """What judges its landings; None leaves it to the installation."""
    origins: tuple[Origin, ...] = ()
    """Of a derived dataset: which input columns its fields come from; read from its query when it is compiled."""
    sharing_tiers: tuple[str, ...] = ()
    """Tiers that the sharing condition names as eligible, e.g. `county`; empty means every tier."""
    sharing_transforms: tuple[str, ...] = ()
    """Transforms that an approval may ask for beyond the items' own, as the sharing condition states."""

    @property
    def subject_fields(self) -> tuple[str, ...]:
        """Names of the fields that a verify names its subject by."""
        return self.subject_key or self.key_fields

    @property
    def department(self) -> str:
        """First part of the key; names the shard of the compiled index."""
        return self.key.split(".", 1)[0]

    @property
    def key_fields(self) -> tuple[str, ...]:
        """Names of the primary key's columns in their order."""
        return tuple(f.name for f in sorted((f for f in self.fields if f.key), key=lambda f: f.key))

    def field(self, name: str) -> Field:
        """The field of that name; KeyError lists the names there are."""
        for one in self.fields:
            if one.name == name:
                return one
        raise KeyError(f"{self.key} has no field {name!r}; it has {', '.join(f.name for f in self.fields)}")

    def scopes(self) -> Mapping[ScopeRole, str]:
        """Role of place -> name of the division column that has it."""
        return {f.scope: f.name for f in self.fields if f.scope is not None}
