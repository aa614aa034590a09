"""Values that are easily spoilt on the way out of a database, as every kind of database holds them.

Each lands exactly, or its row is rejected under its column and the value as it was written. A way is a server and how
it is read, `postgres+odbc`; what stands under a server's name alone holds for all ways to it. Oracle and SQL Server are
stand-ins: their texts are what the documentation of the server says that it answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

from schemas.dataset import Field, FieldType, Kind
from schemas.journey import SHANGHAI
from tests.builders import make_field


def moment(text: str) -> datetime:
    """Without a zone it is Shanghai's clock."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


READ: Mapping[Kind, Callable[[str], object]] = MappingProxyType(
    {
        Kind.STRING: str,
        Kind.INTEGER: int,
        Kind.DECIMAL: Decimal,
        Kind.DOUBLE: float,
        Kind.BOOLEAN: lambda text: text == "true",
        Kind.DATE: date.fromisoformat,
        Kind.TIMESTAMP: moment,
    }
)
"""Python's own reading of a text: what we compare with."""


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one type at the source."""

    name: str
    to: FieldType
    at: Mapping[str, str]
    """Way or server -> type of the column; one that is not there has no such type."""
    exact: Mapping[str, object] = field(default_factory=dict)
    """Text at the source -> value."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Text at the source -> text in the reject."""

    def type_at(self, way: str) -> str:
        return self.at.get(way, self.at.get(way.partition("+")[0], ""))

    def as_field(self) -> Field:
        return make_field(self.name, type=self.to)


Texts = tuple[str, ...] | Mapping[str, object]


def of(kind: Kind, precision: int = 0, scale: int = 0) -> Callable[..., Column]:
    """Makes columns of one type of the contract; texts without a value are read as Python reads them."""
    read = READ[kind]

    def column(name: str, exact: Texts = (), refused: tuple[str, ...] | Mapping[str, str] = (), **at: str) -> Column:
        kept = exact if isinstance(exact, Mapping) else {text: read(text) for text in exact}
        told = refused if isinstance(refused, Mapping) else dict(zip(refused, refused, strict=True))
        ways = {name.replace("_", "+"): type_ for name, type_ in at.items()}
        return Column(name, FieldType(kind, precision, scale), ways, kept, told)

    return column


def held_by(way: str) -> list[Column]:
    """The columns that there are on that way."""
    return [column for column in HOSTILE if column.type_at(way)]


INTEGER, TEXT, DOUBLE, BOOLEAN = of(Kind.INTEGER), of(Kind.STRING), of(Kind.DOUBLE), of(Kind.BOOLEAN)
DATE, MOMENT = of(Kind.DATE), of(Kind.TIMESTAMP)
FINE, MONEY = of(Kind.DECIMAL, 38, 18), of(Kind.DECIMAL, 18, 2)
BEFORE_CHRIST, LAST = "0044-03-15 BC", "9999-12-31 23:59:59.999999"
NO_TEXT = ("", "\\N", "\\", "\\.", "a\tb\r\n\v\f\bc", '"', "'", '"a""b"', "NULL", "007", " x ", "\ufeff甲", "%s {} :v")
UUID = "11370400-0043-0567-9a00-000000000001"
BYTES = {"00ff5c4e": "00ff5c4e", "61" * 90: "61" * 64 + "…"}

HOSTILE = (
    # numbers
    INTEGER("most", (str(2**63 - 1), str(1 - 2**63)), postgres="bigint", mariadb="bigint", sqlite="integer",
            oracle="NUMBER(19,0)", mssql="bigint"),
    INTEGER("unsigned", (), (str(2**63), str(2**64 - 1)), mariadb="bigint unsigned", sqlite="text", oracle="NUMBER",
            mssql="decimal(38,0)", postgres="numeric"),
    INTEGER("small", ("-32768",), postgres="smallint", mariadb="smallint", sqlite="smallint", mssql="smallint"),
    INTEGER("bits", {"000000000101": 5}, mariadb="bit(12)", mariadb_sqlalchemy=""),
    INTEGER("bits_of_python", (), {"000000000101": "0005"}, mariadb_sqlalchemy="bit(12)"),
    FINE("precise", ("12345678901234567890.123456789012345678", "-0.000000000000000001"), postgres="numeric(38,18)",
         mariadb="decimal(38,18)", sqlite="text", oracle="NUMBER(38,18)", mssql="decimal(38,18)"),
    FINE("unbounded", ("1.5",), ("NaN", "0.0000000000000000001", "123456789012345678901", "9" * 39),
         postgres="numeric", sqlite="text"),
    of(Kind.DECIMAL, 38, 2)("great", ("100000000000000000000",), postgres="numeric", oracle="NUMBER", sqlite="text"),
    FINE("unbounded_number", ("1.5", "-0.5"), {"0.0000000000000000001": ".0000000000000000001", "9" * 38: "9" * 38},
         oracle="NUMBER"),
    FINE("infinite", (), ("Infinity", "-Infinity"), postgres="numeric", postgres_odbc="", sqlite="text"),
    MONEY("long", ("9" * 16 + ".99", "-0.01"), ("9" * 17 + ".00",), postgres="numeric(20,2)", mariadb="decimal(20,2)",
          sqlite="text", oracle="NUMBER(20,2)", mssql="decimal(20,2)"),
    MONEY("money", (), ("$1,234.50",), postgres="money"),
    of(Kind.DECIMAL, 19, 4)("price", ("922337203685477.5807",), mssql="money"),
    DOUBLE("rate", ("0.1", "0.30000000000000004", "1e-300"), postgres="double precision", mariadb="double",
           sqlite="real", oracle="BINARY_DOUBLE", mssql="float"),
    DOUBLE("endless", (), ("NaN", "Infinity", "-Infinity"), postgres="double precision", postgres_sqlalchemy=""),
    DOUBLE("endless_in_python", (), {"NaN": "nan", "Infinity": "inf"}, postgres_sqlalchemy="double precision"),
    DOUBLE("half", ("0.5",), postgres="real", mariadb="float", oracle="BINARY_FLOAT", mssql="real"),
    DOUBLE("real", {"0.1": 0.1, "123456.789": 123456.79}, postgres="real", mariadb="float", mssql="real",
           mariadb_sqlalchemy="", mariadb_odbc=""),
    TEXT("short", {"123456.789": "123456.79"}, postgres="real", mariadb="float", mssql="real",
         mariadb_sqlalchemy="", mariadb_odbc=""),
    TEXT("single", {"123456.789": "123456.7890625"}, mariadb_odbc="float"),
    BOOLEAN("yes", ("true", "false"), postgres="boolean", sqlite="text"),
    BOOLEAN("bit", {"1": True, "0": False}, mariadb="tinyint(1)", sqlite="integer", mssql="bit"),
    BOOLEAN("two", (), ("2",), mariadb="tinyint(1)", sqlite="integer"),
    TEXT("huge", (str(2**64 - 1), str(2**63)), mariadb="bigint unsigned", oracle="NUMBER", mssql="decimal(38,0)"),
    TEXT("long_number", ("12345678901234567890123456789012345678",), postgres="numeric", oracle="NUMBER",
         mssql="decimal(38,0)", mariadb="decimal(38,0)", sqlite="text"),
    TEXT("written", ("NaN", "1.50"), postgres="numeric"),
    TEXT("money_text", ("$1,234.50",), postgres="money"),
    # moments
    DATE("born", ("0001-01-01", "9999-12-31"), postgres="date", mariadb="date", sqlite="text", oracle="DATE",
         mssql="date"),
    DATE("no_day", (), ("infinity", "-infinity", BEFORE_CHRIST, "10000-01-01"), postgres="date", sqlite="text"),
    DATE("zero_day", (), ("0000-00-00", "2026-00-00"), mariadb="date", sqlite="text"),
    DATE("roman", (), ("-0044-03-15", "2026-11-20 08:00:00"), oracle="DATE"),
    TEXT("day_text", ("infinity",), postgres="date"),
    MOMENT("local", (LAST, "1901-01-01 00:00:00", "2026-11-20 08:00:00"), postgres="timestamp",
           mariadb="datetime(6)", sqlite="text", oracle="TIMESTAMP(9)", mssql="datetime2"),
    MOMENT("gap", (), ("0001-01-01 00:00:00", "1986-05-04 02:30:00", "1986-09-14 01:30:00"), postgres="timestamp",
           mariadb="datetime", sqlite="text"),
    MOMENT("gap_in_full", (), {"0001-01-01 00:00:00": "0001-01-01 00:00:00.000000",
                               "1986-05-04 02:30:00": "1986-05-04 02:30:00.000000"},
           oracle="TIMESTAMP(9)", mssql="datetime2"),
    MOMENT("no_moment", (), ("infinity", "-infinity"), postgres="timestamp", sqlite="text"),
    MOMENT("zero_moment", (), ("0000-00-00 00:00:00",), mariadb="datetime", sqlite="text"),
    MOMENT("nanos", (), ("2026-11-20 00:00:00.123456789",), oracle="TIMESTAMP(9)", sqlite="text"),
    MOMENT("ticks", (), ("2026-11-20 00:00:00.1234567",), mssql="datetime2", sqlite="text"),
    MOMENT("moment", ("0001-01-01 00:00:00+00", LAST + "+00", "2026-11-19 16:00:00.000001+00"),
           postgres="timestamptz", sqlite="text", oracle="TIMESTAMP(6) WITH TIME ZONE", mssql="datetimeoffset"),
    MOMENT("stamp", ("1970-01-01 00:00:01+00", "2026-11-19 16:00:00.000001+00"), mariadb="timestamp(6)"),
    MOMENT("zero_stamp", (), ("0000-00-00 00:00:00",), mariadb="timestamp"),
    MOMENT("never", (), ("infinity", "-infinity", "10000-01-01 00:00:00+00"), postgres="timestamptz", sqlite="text"),
    TEXT("span", ("-838:59:59.000",), mariadb="time(3)", mariadb_sqlalchemy=""),
    TEXT("interval", {"1 mon 2 days 03:04:05.6": "P1M2DT3H4M5.6S"}, postgres="interval", postgres_odbc="",
         postgres_sqlalchemy=""),
    TEXT("interval_of_postgres", ("1 mon 2 days 03:04:05.6",), postgres_sqlalchemy="interval"),
    TEXT("year", ("2026",), mariadb="year"),
    # texts
    TEXT("text", (*NO_TEXT, "䶮𠮷", "龘" * 4000, "370402199001011234"), postgres="text", mariadb="longtext",
         sqlite="text", mssql="nvarchar(4000)"),
    TEXT("text_of_oracle", (*filter(None, NO_TEXT), "䶮𠮷", "370402199001011234"), oracle="NVARCHAR2(4000)"),
    TEXT("card", ("370402199001011234",), postgres="char(18)", mariadb="char(18)", oracle="CHAR(18)", mssql="char(18)"),
    TEXT("gbk", ("赵甲子",), mariadb="varchar(20) character set gbk"),
    TEXT("kind", ("乙",), mariadb="enum('甲','乙')"),
    TEXT("stored", ("9007199254740993", "0.1", "1e-07", "1.0"), sqlite="number blob"),
    # what is no plain value
    TEXT("json", ('{"a": "\\"\\\\\\n甲", "b": 1.10}', '{"a": [1, "𠮷"]}'), postgres="jsonb",
         mariadb="json"),
    TEXT("uuid", (UUID,), postgres="uuid", mssql="uniqueidentifier"),
    TEXT("texts", ('{"a,b",NULL,"NULL","\\"𠮷",""}',), postgres="text[]", postgres_sqlalchemy=""),
    TEXT("matrix", ("{{1,2},{3,NULL}}",), postgres="int[][]", postgres_sqlalchemy=""),
    TEXT("list_of_python", (), {"{1,2}": "[1, 2]"}, postgres_sqlalchemy="int[]"),
    TEXT("hex", {"00ff5c4e": "\\x00ff5c4e"}, postgres="bytea", postgres_odbc="", postgres_sqlalchemy=""),
    TEXT("bytes", (), BYTES, postgres_odbc="bytea", postgres_sqlalchemy="bytea", mariadb="varbinary(99)",
         sqlite="blob", oracle="RAW(99)", mssql="varbinary(99)"),
    TEXT("place", (), {"point(1, 2)": "0101000000000000000000f03f0000000000000040"}, mariadb="point",
         mariadb_odbc="", mariadb_sqlalchemy=""),
    TEXT("net", ("10.3.7.0/24",), postgres="inet", postgres_sqlalchemy=""),
    TEXT("range", ("[1,5)",), postgres="int4range", postgres_sqlalchemy=""),
    TEXT("mask", ("0101",), postgres="bit varying"),
    TEXT("xml", ("<a>\n\t甲</a>",), postgres="xml"),
    TEXT("point", ("(1,2)",), postgres="point"),
)  # fmt: skip
"""All of them. A row is one value in its column, and NULL in every other."""
