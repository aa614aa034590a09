"""Up to which moment what is written to a PostgreSQL database has settled: no open transaction began before it.

`now()` is the start of the transaction, so a row may become visible long after the moment that it carries. A plain
"newer than the last one" misses such rows; a window that ends where the oldest open transaction began does not.
"""

from datetime import datetime

import psycopg
from psycopg import errors

_SETTLED = """
with open as (
    select state, xact_start from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type <> 'autovacuum worker'
)
select pg_is_in_recovery() or not pg_has_role(current_user, 'pg_read_all_stats', 'usage')
           or exists (select from open where state = 'disabled'),
       least(statement_timestamp() - interval '1 second', (select min(xact_start) from open),
             (select min(prepared) - interval '1 hour' from pg_prepared_xacts where database = current_database()))
"""


def settled(database: psycopg.Connection) -> datetime | None:
    """The bound, by the server's clock; None where the sessions of others cannot be seen.

    That is so without the role `pg_read_all_stats`, on a standby (what is open on its primary shows nowhere), beside a
    session that hides what it does (`track_activities` off), and on a relative of PostgreSQL without these views.
    A second is left for transactions that have begun and do not show yet. A prepared transaction began before it was
    prepared and PostgreSQL does not say when: an hour is left for it. Read with a snapshot taken after this.
    """
    try:
        with database.transaction():
            # Within a transaction the sessions are else told as they were when it first looked.
            database.execute("select pg_stat_clear_snapshot()")
            row = database.execute(_SETTLED).fetchone()
    except (errors.UndefinedObject, errors.UndefinedColumn, errors.UndefinedFunction, errors.UndefinedTable):
        return None
    return None if row is None or row[0] else row[1]
