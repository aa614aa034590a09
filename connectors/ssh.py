"""How an SFTP server is reached: its host key is known beforehand, and nothing of this machine's own is asked."""

import re
from typing import Any

from schemas.connection import Connection
from schemas.errors import NotReady

_KEY = re.compile(r"^-{4,5} ?BEGIN .*\n(?:(?!-).*\n)*-{4,5} ?END .*$|^.+$", re.MULTILINE)
"""A block of RFC 4716 or PEM, or else a line."""


def ssh_options(ssh: Any, told: Connection, patience: float, who: str) -> dict[str, Any]:
    """What asyncssh is told of a connection whose server is `who`; `patience` is seconds without an answer.

    Extras: `host_key` (one a line or block), `private_key`, `private_key_passphrase`. NotReady where one is unreadable.
    """
    options: dict[str, Any] = {
        "port": told.port or 22,
        "username": told.login,
        "known_hosts": (_host_keys(ssh, told, who), [], []),
        "config": [],
        "agent_path": None,
        "client_keys": None,
        "connect_timeout": patience,
        "login_timeout": patience,
        "keepalive_interval": patience,
    }
    if told.extra.get("private_key"):
        phrase = str(told.extra.get("private_key_passphrase") or "") or None
        try:
            options["client_keys"] = [ssh.import_private_key(str(told.extra["private_key"]), phrase)]
        except (ssh.KeyImportError, ssh.KeyEncryptionError) as wrong:
            raise NotReady(f"connection {told.id}: private_key: {wrong}") from None
    if told.password:
        options["password"] = told.password
    return options


def _host_keys(ssh: Any, told: Connection, who: str) -> list[Any]:
    """One key a line or a block of lines, so that a server may change to another; none where anything is no key."""
    text = "\n".join(map(str.strip, str(told.extra.get("host_key") or "").splitlines()))
    try:
        keys = [ssh.import_public_key(key) for key in _KEY.findall(text)]
    except ssh.KeyImportError:
        keys = []
    if not keys:
        raise NotReady(
            f"connection {told.id}: extra must hold the server's host_key, as its operator tells it "
            f"(ssh-ed25519 AAAA…): without it anybody could pose as {who}"
        )
    return keys
