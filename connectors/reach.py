"""Whether anybody answers at the address of a connection, and what to do where nobody does."""

import socket

from connectors.exploring import Sign, Weight
from schemas.connection import Connection

PATIENCE = 5.0
"""Seconds."""
PORTS = {
    "postgres": 5432,
    "postgresql": 5432,
    "mysql": 3306,
    "mariadb": 3306,
    "mssql": 1433,
    "oracle": 1521,
    "dm": 5236,
    "kingbase": 54321,
    "http": 80,
    "https": 443,
    "ftp": 21,
    "ftps": 21,
    "sftp": 22,
    "kafka": 9092,
    "mqtt": 1883,
    "mqtts": 8883,
}
"""Kind of connection -> port where it names none."""


def reach(connection: Connection) -> Sign:
    """Opens the address once and closes it again; nothing is sent."""
    port = connection.port or PORTS.get(connection.schema if connection.kind == "http" else connection.kind, 0)
    port = port or PORTS.get(connection.kind, 0)
    where = f"{connection.host}:{port}"
    try:
        with socket.create_connection((connection.host, port), PATIENCE):
            return Sign("reach", f"{where} answers")
    except socket.gaierror:
        said, advice = f"no address is known for {connection.host!r}", f"correct host in the connection {connection.id}"
    except TimeoutError:
        said = f"{where} did not answer within {PATIENCE:g} s"
        advice = "a firewall may stand between: ask for this machine to be let through"
    except ConnectionRefusedError:
        said = f"at {where} nobody listens"
        advice = f"is the system up, and is the port right? It stands in the connection {connection.id}"
    except OSError as wrong:
        said, advice = f"{where}: {wrong.strerror or wrong}", f"look at host and port of the connection {connection.id}"
    return Sign("reach", said, advice, Weight.PROBLEM)
