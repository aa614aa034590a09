"""The SQL tables of what is shared, by whom, with whom; rooms within this one have tables of their own beside them."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from catalog.moment import Moment

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BIG = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the key is spelt INTEGER."""

organisation = Table(
    "organisation",
    METADATA,
    Column("credit_code", String(18), primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False),
    Column("division", String(15), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("government", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("parent", String(18)),
    Column("line", String(18)),
    Column("authority", Boolean, nullable=False, server_default=false()),
)

system = Table(
    "system",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("clearance", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

person = Table(
    "person",
    METADATA,
    Column("id", String(64), primary_key=True),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("clearance", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

credential = Table(
    "credential",
    METADATA,
    Column("id", String(12), primary_key=True),
    Column("system", ForeignKey("system.id"), nullable=False, index=True),
    Column("secret_hash", LargeBinary(32), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("last_used_day", Date),
    Column("person", String(64)),
)

division = Table(
    "division",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("code", String(15), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
)

division_lineage = Table(
    "division_lineage",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("code", String(15), nullable=False, index=True),
    Column("successor", String(15), nullable=False),
    Column("body", Text, nullable=False),
)

counter = Table(
    "counter",
    METADATA,
    Column("name", String(32), primary_key=True),
    Column("value", Integer, nullable=False),
    Column("at", Moment, nullable=False),
)

dataset = Table(
    "dataset",
    METADATA,
    Column("key", String(128), primary_key=True),
    Column("contract_version", String(64), nullable=False),
    Column("contract_hash", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("department", String(64), nullable=False, index=True),
    Column("sharing", String(16), nullable=False),
    Column("owner", String(18), nullable=False, index=True),
    Column("owner_name", Text, nullable=False),
    Column("division", String(15), nullable=False),
    Column("subject_kind", String(32), nullable=False),
    Column("words", Text, nullable=False),
    Column("contract", Text, nullable=False),
    Column("registered_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
)

dataset_field = Table(
    "dataset_field",
    METADATA,
    Column("dataset", ForeignKey("dataset.key", ondelete="CASCADE"), primary_key=True),
    Column("name", String(128), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_en", Text, nullable=False),
    Column("type", String(32), nullable=False),
    Column("element", String(64), index=True),
    Column("grade", Integer, nullable=False),
    Column("identifying", String(16), nullable=False),
    Column("transform", Integer, nullable=False),
    Column("shareable", Boolean, nullable=False),
    Column("scope", String(16)),
)

version = Table(
    "version",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("window", String(64), nullable=False),
    Column("window_low", Moment, nullable=False),
    Column("window_high", Moment, nullable=False),
    Column("contract_hash", String(64), nullable=False),
    Column("verdict", String(64), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("schema_hash", String(64), nullable=False),
    Column("manifest", Text, nullable=False),
    Column("scores", JSON, nullable=False),
    Column("blocked", JSON, nullable=False),
    Column("smallest_group", Integer),
    Column("diversity", Integer),
    Column("told_apart", JSON(none_as_null=True)),
    Column("sensitive", JSON(none_as_null=True)),
    Column("published_at", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    CheckConstraint("state IN ('published', 'held_back', 'withdrawn')", name="state"),
    Index("ix_version_window", "dataset", "window"),
)

finding = Table(
    "finding",
    METADATA,
    Column("id", BIG, primary_key=True),
    Column("dataset", String(128), nullable=False),
    Column("version", Integer, nullable=False),
    Column("window", String(64), nullable=False),
    Column("rule", String(256), nullable=False),
    Column("severity", String(16), nullable=False),
    Column("dimension", String(16), nullable=False),
    Column("checked", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("success", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("dataset", "version", "rule"),
)

run = Table(
    "run",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("id", String(250), primary_key=True),
    Column("window", String(64), nullable=False),
    Column("version", Integer),
    Column("read", BigInteger, nullable=False),
    Column("published", BigInteger, nullable=False),
    Column("held_back", BigInteger, nullable=False),
    Column("quarantined", BigInteger, nullable=False),
    Column("duplicates", BigInteger, nullable=False),
    Column("rules", JSON, nullable=False),
    Column("seconds", JSON, nullable=False),
    Column("airflow_run", String(250), nullable=False),
    Column("state", String(16), nullable=False),
    Column("error", Text, nullable=False),
    Column("finished_at", Moment, nullable=False),
    CheckConstraint("read = published + held_back + quarantined + duplicates", name="balance"),
    CheckConstraint("state IN ('published', 'held_back', 'failed')", name="state"),
)

grant = Table(
    "grant",
    METADATA,
    Column("number", String(32), primary_key=True),
    Column("dataset", ForeignKey("dataset.key"), nullable=False),
    Column("organisation", ForeignKey("organisation.credit_code"), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("begins", Moment, nullable=False),
    Column("ends", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("body", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Index("ix_grant_dataset_organisation", "dataset", "organisation"),
)

grant_day = Table(
    "grant_day",
    METADATA,
    Column("grant", ForeignKey("grant.number"), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Column("subjects", BigInteger, nullable=False),
)

watermark = Table(
    "watermark",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("high", Moment, nullable=False),
)

source_shape = Table(
    "source_shape",
    METADATA,
    Column("dataset", ForeignKey("dataset.key"), primary_key=True),
    Column("shape", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)
"""What the source of each dataset looked like when it was last read."""

receipt = Table(
    "receipt",
    METADATA,
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("number", String(64), nullable=False, unique=True),
    Column("at", Moment, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

ledger_head = Table(
    "ledger_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
    CheckConstraint("id = 1", name="one"),
)
