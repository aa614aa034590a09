"""Subscriptions: a system wants each new version of a dataset, as a file at its own place or as a signed word of it."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from schemas.access import Basis, Mode

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
"""Id of a connection in the secrets back end."""
FOLDER = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*){0,7}")
LONGEST_FOLDER = 200
"""A folder below the connection's own: no step upwards, nothing absolute, nothing hidden."""


class FileFormat(StrEnum):
    """How the rows are written."""

    PARQUET = "parquet"
    CSV = "csv"
    ARROW = "arrow"

    @property
    def ending(self) -> str:
        """Of the file's name."""
        return "arrows" if self is FileFormat.ARROW else self.value


class Cipher(StrEnum):
    """How the file is encrypted before it leaves."""

    NONE = "none"
    AES_256_GCM = "aes-256-gcm"
    SM4_GCM = "sm4-gcm"
    """SM4 of GB/T 32907, in GCM as in RFC 8998."""


@dataclass(frozen=True, slots=True)
class FileDrop:
    """A file at a place of the recipient's."""

    connection: str
    """Id of the connection to the recipient's SFTP server or S3 store; address and secret stand there alone."""
    folder: str = ""
    """Below the connection's own folder."""
    format: FileFormat = FileFormat.PARQUET
    cipher: Cipher = Cipher.NONE
    key: str = ""
    """Id of the connection whose password is the key; empty without a cipher."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """A signed POST that names the new version and holds no data."""

    url: str
    mode: Mode = Mode.BULK
    """How the system will fetch it: nobody is told of a version that he may not take."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One system's subscription to one dataset."""

    id: int
    system: str
    organisation: str
    dataset: str
    purpose: str
    grant: str
    """Its number, where grants are its basis."""
    columns: tuple[str, ...]
    division: str
    made_at: datetime
    after: int = 0
    """Versions up to this one are not due."""
    file: FileDrop | None = None
    webhook: Webhook | None = None
    """Exactly one of both is there."""
    basis: Basis | None = None
    """The basis where it is no grant."""
    salt: str = ""
    """Hex; the secret that a webhook is signed with is made of it and the installation's own."""

    @property
    def mode(self) -> Mode:
        """The mode that its decisions are made for."""
        return self.webhook.mode if self.webhook else Mode.FILE


class DeliveryState(StrEnum):
    """What has become of one version for one subscription."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    OVERTAKEN = "overtaken"
    """A newer version came before this one could be delivered."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One version for one subscription, and how far it has come."""

    subscription: int
    version: int
    state: DeliveryState
    tries: int
    next_at: datetime
    """Not tried before this moment."""
    held_until: datetime
    """Somebody is at it until then, unless he says that it takes longer."""
    moved_at: datetime
    receipt: str = ""
    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    """Of the file as it lies there."""
    said: str = ""
    """Why it failed or was refused."""
