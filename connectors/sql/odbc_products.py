"""What differs between the databases read through ODBC: how they describe a table, and which types need a word.

Drivers lose things on the way to text (a moment its zone, a date of zeros itself), so columns of such types are asked
for as texts of the database.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Product:
    """One database and its ODBC driver."""

    driver: str
    """Name in odbcinst.ini, unless the connection says another."""
    attributes: Mapping[str, str]
    """More of the connection string; `{text}` is the length of the longest text."""
    start: tuple[str, ...]
    """What makes its session read-only, one snapshot, in UTC and impatient."""
    columns: str
    """Asks for name, type, comment and whether NULL may stand there, in order, of `{schema}` and `{table}`."""
    key: str
    """Asks for the columns of the primary key, in order."""
    tables: str
    """Asks for schema, name, form, comment of all tables and views, and 1 where it is in the schema `{here}`."""
    shown: Mapping[str, str] = field(default_factory=dict)
    """Type (without its length) -> what is asked for; `{c}` is the column."""
    otherwise: str = "{c}"
    """The same for a type that is neither there nor in `plain`."""
    plain: tuple[str, ...] = ()
    binary: Mapping[str, str] = field(default_factory=dict)
    """Type of bytes -> their first hexadecimal digits; a row that holds some is a misfit."""
    refused: tuple[str, ...] = ()
    """Types that would lose something."""
    utc: tuple[str, ...] = ()
    """Types whose bounds are written in UTC."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Type -> how a bound `{b}` of a window is written for it."""
    wide: bool = False
    """Whether texts travel as UTF-16, since we do not know what its driver takes a narrow text to be; much slower."""
    impatient: bool = True
    """Whether the driver takes a timeout for a query."""


_SIZED = """case when c.character_maximum_length is not null then concat('(', c.character_maximum_length, ')')
     when c.data_type in ('numeric', 'decimal') and c.numeric_precision is not null
     then concat('(', c.numeric_precision, ',', c.numeric_scale, ')') else '' end"""
_COLUMNS = f"""select c.column_name, concat(c.data_type, {_SIZED}), {{comment}}, c.is_nullable
from information_schema.columns c
where c.table_name = {{{{table}}}} and c.table_schema = {{{{schema}}}} order by c.ordinal_position"""
_KEY = """select k.column_name from information_schema.table_constraints t
join information_schema.key_column_usage k on k.constraint_name = t.constraint_name
     and k.table_schema = t.table_schema and k.table_name = t.table_name
where t.constraint_type = 'PRIMARY KEY' and t.table_name = {table} and t.table_schema = {schema}
order by k.ordinal_position"""
_TABLES = """select table_schema, table_name, table_type, {comment}, case table_schema when {{here}} then 1 else 0 end
from information_schema.tables
where table_schema not in ('information_schema', 'pg_catalog', 'mysql', 'performance_schema', 'sys') order by 1, 2"""
_PG_TABLES = _TABLES.format(
    comment="coalesce(obj_description(to_regclass(quote_ident(table_schema) || '.' || quote_ident(table_name))), '')"
)
_PG_COMMENT = "coalesce(col_description(to_regclass({quoted}), c.ordinal_position::int), '')"
_PG_START = (
    "set transaction isolation level repeatable read, read only",
    "set local timezone = 'UTC'",
    "set local datestyle = 'ISO'",
    "set local statement_timeout = {milliseconds}",
)
_PG_ATTRIBUTES = {
    "UseDeclareFetch": "1",
    "Fetch": "5000",
    "MaxVarcharSize": "{text}",
    "MaxLongVarcharSize": "{text}",
    "TextAsLongVarchar": "1",
    "UnknownsAsLongVarchar": "1",
}
_BRIEF = "cast({c} as varchar(64))"
_PG_SHOWN = {
    "date": _BRIEF,
    "timestamp without time zone": _BRIEF,
    "timestamp with time zone": _BRIEF,
    "boolean": _BRIEF,
    "double precision": _BRIEF,
    "real": _BRIEF,
    "uuid": _BRIEF,
}
_PG_BINARY = {"bytea": "encode(substring({c} from 1 for 64), 'hex')"}
_MY_TEXT = "cast({c} as char(40))"
_MY_HEX = "hex(left({c}, 64))"

PRODUCTS: Mapping[str, Product] = MappingProxyType(
    {
        "postgres": Product(
            driver="PostgreSQL Unicode",
            attributes=_PG_ATTRIBUTES,
            start=_PG_START,
            columns=_COLUMNS.format(comment=_PG_COMMENT),
            key=_KEY,
            tables=_PG_TABLES,
            shown=_PG_SHOWN,
            otherwise="cast({c} as text)",
            plain=("character varying", "character", "text", "smallint", "integer", "bigint", "numeric("),
            binary=_PG_BINARY,
            utc=("timestamp with time zone",),
        ),
        "mariadb": Product(
            driver="MariaDB Unicode",
            attributes={"NO_CACHE": "1", "FORWARDONLY": "1", "CHARSET": "utf8mb4"},
            start=(
                "set session sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES', time_zone = '+00:00'",
                "set session max_statement_time = {seconds}",
                "set transaction isolation level repeatable read, read only",
            ),
            columns=_COLUMNS.format(comment="c.column_comment"),
            key=_KEY,
            tables=_TABLES.format(comment="table_comment"),
            shown={
                "date": _MY_TEXT,
                "datetime": _MY_TEXT,
                "time": _MY_TEXT,
                "timestamp": f"if(year({{c}}) = 0, {_MY_TEXT}, concat({_MY_TEXT}, 'Z'))",
                "bit": "{c} + 0",
                "float": "{c} + 0e0",
            },
            binary=dict.fromkeys(("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), _MY_HEX),
            refused=("geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"),
            utc=("timestamp",),
            impatient=False,
        ),
        "kingbase": Product(
            driver="KingbaseES ODBC Driver",
            attributes=_PG_ATTRIBUTES,
            start=_PG_START,
            columns=_COLUMNS.format(comment=_PG_COMMENT),
            key=_KEY,
            tables=_PG_TABLES,
            shown=_PG_SHOWN,
            otherwise="cast({c} as text)",
            plain=("character varying", "character", "text", "smallint", "integer", "bigint", "numeric("),
            binary=_PG_BINARY,
            utc=("timestamp with time zone",),
        ),
        "dm": Product(
            driver="DM8 ODBC DRIVER",
            attributes={},
            start=("set transaction read only",),
            columns="""select c.column_name, c.data_type || case
     when c.data_type in ('CHAR', 'VARCHAR', 'VARCHAR2') then '(' || c.data_length || ')'
     when c.data_precision is not null then '(' || c.data_precision || ',' || c.data_scale || ')' else '' end,
     coalesce(m.comments, ''), case c.nullable when 'Y' then 'YES' else 'NO' end
from all_tab_columns c left join all_col_comments m
     on m.owner = c.owner and m.table_name = c.table_name and m.column_name = c.column_name
where c.table_name = {table} and c.owner = {schema} order by c.column_id""",
            key="""select k.column_name from all_constraints t
join all_cons_columns k on k.owner = t.owner and k.constraint_name = t.constraint_name
where t.constraint_type = 'P' and t.table_name = {table} and t.owner = {schema} order by k.position""",
            tables="""select owner, table_name, table_type, coalesce(comments, ''),
       case owner when {here} then 1 else 0 end
from all_tab_comments where owner not in ('SYS', 'SYSAUDITOR', 'SYSSSO', 'CTISYS') order by 1, 2""",
            refused=(
                "TIMESTAMP WITH TIME ZONE",
                "TIMESTAMP WITH LOCAL TIME ZONE",
                "DATETIME WITH TIME ZONE",
                "TIME WITH TIME ZONE",
                "BLOB",
                "BINARY",
                "VARBINARY",
                "IMAGE",
                "LONGVARBINARY",
                "BFILE",
            ),
            bound={"DATE": "date {b}", "TIMESTAMP": "timestamp {b}", "DATETIME": "timestamp {b}"},
            wide=True,
        ),
        "other": Product(
            driver="",
            attributes={},
            start=("set transaction isolation level serializable",),
            columns=_COLUMNS.format(comment="''"),
            key=_KEY,
            tables=_TABLES.format(comment="''"),
            refused=("timestamp with time zone", "time with time zone", "binary", "varbinary", "blob"),
            bound={"date": "date {b}", "timestamp": "timestamp {b}"},
            wide=True,
        ),
    }
)
"""Name of a product -> what differs."""
HERE: Mapping[str, str] = MappingProxyType(
    {
        "postgres": "current_schema()",
        "kingbase": "current_schema()",
        "mariadb": "database()",
        "dm": "sys_context('userenv', 'current_schema')",
        "other": "current_schema",
    }
)
"""Product -> the schema of a table that the contract names without one."""
