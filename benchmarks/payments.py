"""Payments to residents for benchmarks of connectors: twelve columns of the usual kinds, made inside a database."""

from dataclasses import replace

from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from tests.builders import make_dataset, make_field

TABLE = "payment"

_POSTGRES = f"""
create table {TABLE} (
    id bigint primary key, person_id char(18) not null, name varchar(40) not null, division char(12) not null,
    born date, kind smallint, address varchar(120), amount numeric(18,2), share numeric(9,6), urban boolean,
    paid_at timestamp, updated_at timestamptz not null
);
insert into {TABLE}
select n,
    '3704' || lpad((2 + h % 5)::text, 2, '0') || to_char(date '1940-01-01' + (h % 24000)::int, 'YYYYMMDD')
        || lpad((n % 1000)::text, 3, '0') || substr('0123456789X', 1 + (h % 11)::int, 1),
    substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗𠮷䶮', 1 + (h % 22)::int, 1)
        || chr(19968 + (h % 5000)::int) || case when h % 3 > 0 then chr(19968 + (h / 7 % 5000)::int) else '' end,
    '3704' || lpad((2 + h % 5)::text, 2, '0') || lpad((1 + h % 20)::text, 3, '0') || lpad((1 + h % 90)::text, 3, '0'),
    date '1940-01-01' + (h % 24000)::int,
    (h % 40)::smallint,
    case when h % 10 > 0 then '枣庄市市中区光明路' || (h % 900) || '号' || (h % 30) || '号楼' || (h % 2500) || '室' end,
    (h % 100000000) / 100.0,
    case when h % 4 > 0 then (h % 1000000) / 1000000.0 end,
    h % 3 = 0,
    case when h % 20 > 0 then timestamp '2020-01-01' + (h % 180000000) * interval '1 second' end,
    timestamptz '2024-01-01 00:00+08' + (h % 94608000) * interval '1 second' + (h % 1000000) * interval '1 microsecond'
from (select n, abs(hashint8(n)::bigint) as h from generate_series(1::bigint, {{rows}}) n) numbered;
vacuum analyze {TABLE};
"""

_MARIADB = f"""
create table {TABLE} (
    id bigint primary key, person_id char(18) not null, name varchar(40) not null, division char(12) not null,
    born date, kind smallint, address varchar(120), amount decimal(18,2), share decimal(9,6), urban tinyint(1),
    paid_at datetime, updated_at timestamp(6) not null
) character set utf8mb4;
insert into {TABLE}
select seq,
    concat('3704', lpad(2 + h % 5, 2, '0'), date_format('1940-01-01' + interval h % 24000 day, '%Y%m%d'),
        lpad(seq % 1000, 3, '0'), substr('0123456789X', 1 + h % 11, 1)),
    concat(substr('王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗𠮷䶮', 1 + h % 22, 1),
        convert(char(19968 + h % 5000 using ucs2) using utf8mb4),
        if(h % 3 > 0, convert(char(19968 + h div 7 % 5000 using ucs2) using utf8mb4), '')),
    concat('3704', lpad(2 + h % 5, 2, '0'), lpad(1 + h % 20, 3, '0'), lpad(1 + h % 90, 3, '0')),
    '1940-01-01' + interval h % 24000 day,
    h % 40,
    if(h % 10 > 0, concat('枣庄市市中区光明路', h % 900, '号', h % 30, '号楼', h % 2500, '室'), null),
    (h % 100000000) / 100,
    if(h % 4 > 0, (h % 1000000) / 1000000, null),
    h % 3 = 0,
    if(h % 20 > 0, '2020-01-01' + interval h % 180000000 second, null),
    '2024-01-01' + interval h % 30000000 second + interval h % 1000000 microsecond
from (select seq, crc32(seq) as h from seq_1_to_{{rows}}) numbered;
"""


def mariadb(rows: int) -> list[str]:
    """Statements that make a table like it, with MariaDB's engine of sequences."""
    return [s for s in _MARIADB.replace("{rows}", str(rows)).split(";") if s.strip()]


def postgres(rows: int) -> list[str]:
    """Statements that make the table: one address in ten is NULL, one share in four, one moment in 20.

    It is vacuumed, or PostgreSQL would begin to by itself while it is measured.
    """
    return [s for s in _POSTGRES.replace("{rows}", str(rows)).split(";") if s.strip()]


def _field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: object) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def dataset() -> Dataset:
    """The contract of all twelve columns."""
    fields = (
        _field("id", Kind.INTEGER, key=1, required=True),
        _field("person_id", element="resident_id", required=True),
        _field("name", title="姓名"),
        _field("division", element="division"),
        _field("born", Kind.DATE),
        _field("kind", Kind.INTEGER),
        _field("address"),
        _field("amount", Kind.DECIMAL, 18, 2),
        _field("share", Kind.DECIMAL, 9, 6),
        _field("urban", Kind.BOOLEAN),
        _field("paid_at", Kind.TIMESTAMP),
        _field("updated_at", Kind.TIMESTAMP),
    )
    made = make_dataset(
        "bench.payment",
        fields=fields,
        rules=(),
        source=Source("sql_table", "bench", {"table": TABLE}),
        default_scope="",
    )
    return replace(made, contract_hash="0" * 64)


def connection(kind: str, port: int, login: str, password: str, database: str) -> Connection:
    """How the server of this run is reached."""
    return Connection("bench", kind, host="127.0.0.1", port=port, login=login, password=password, schema=database)
