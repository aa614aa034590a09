"""What a system asks for when it subscribes, and the subscription that it becomes."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic import Field as Told

from api.wanted import AccessQuery, make_ask
from schemas.access import Ask, Basis, Decision, Mode, Subject
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.subscription import FOLDER, LONGEST_FOLDER, NAME, Cipher, FileDrop, FileFormat, Subscription, Webhook
from schemas.targets import Targets, target

MODES = (Mode.BULK, Mode.DELTA, Mode.QUERY, Mode.FILE)
"""In which a version can be fetched whole or in pages; a verify fetches none."""
Name = Annotated[str, StringConstraints(pattern=f"^(?:{NAME.pattern})$")]


class Strict(BaseModel):
    """A part of a body that holds nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FileTold(Strict):
    """Where and how the file is wanted."""

    connection: Name = Told(
        description="Id of the connection to your SFTP server or S3 store, as the operator set it up"
    )
    folder: Annotated[str, StringConstraints(max_length=LONGEST_FOLDER)] = Told(
        "", description="Folder below the connection's own"
    )
    format: FileFormat = FileFormat.PARQUET
    cipher: Cipher = Told(Cipher.NONE, description="How it is encrypted before it leaves")
    key: Annotated[str, StringConstraints(pattern=f"^(?:{NAME.pattern})?$")] = Told(
        "", description="Id of the connection that holds the key; needed with a cipher"
    )


class WebhookTold(Strict):
    """Whom to tell."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Told(description="http(s)://…")
    mode: Mode = Told(Mode.BULK, description="How you will fetch the version; your grant must allow it")


class Wanted(Strict):
    """A subscription: a purpose as for any ask, and either `file` or `webhook`."""

    dataset: Annotated[str, StringConstraints(max_length=128)]
    purpose: Annotated[str, StringConstraints(max_length=64)] = ""
    grant: Annotated[str, StringConstraints(max_length=32)] = ""
    columns: Annotated[str, StringConstraints(max_length=2000)] = Told(
        "", description="Names separated by commas; all that you may have when left out"
    )
    division: Annotated[str, StringConstraints(max_length=15)] = ""
    file: FileTold | None = None
    webhook: WebhookTold | None = None


def made_of(wanted: Wanted, targets: Targets, now: datetime) -> Subscription:
    """The subscription, of nobody yet; BadInput where its parts contradict each other or the address is not allowed."""
    if (wanted.file is None) == (wanted.webhook is None):
        raise BadInput("a subscription has either `file` or `webhook`; make two for both")
    file, webhook = wanted.file, wanted.webhook
    if file and file.folder and not FOLDER.fullmatch(file.folder):
        raise BadInput(
            f"file: found folder {file.folder!r}, expected up to eight names joined by / that do not begin with ."
        )
    if file and (file.cipher is Cipher.NONE) != (not file.key):
        raise BadInput(f"file: found cipher {file.cipher.value!r} and key {file.key!r}, expected both or neither")
    if webhook:
        target(webhook.url, targets)
        if webhook.mode not in MODES:
            raise BadInput(f"webhook: found mode {webhook.mode.value!r}, expected one of {', '.join(MODES)}")
    return Subscription(
        id=0,
        system="",
        organisation="",
        dataset=wanted.dataset,
        purpose=wanted.purpose,
        grant=wanted.grant,
        columns=tuple(filter(None, wanted.columns.split(","))),
        division=wanted.division,
        made_at=now,
        file=FileDrop(file.connection, file.folder, file.format, file.cipher, file.key) if file else None,
        webhook=Webhook(webhook.url, webhook.mode) if webhook else None,
    )


def asked_for(made: Subscription, subject: Subject, dataset: Dataset, now: datetime) -> Ask:
    """What each delivery will ask, asked now."""
    query = AccessQuery(
        purpose=made.purpose,
        grant=made.grant,
        basis=made.basis,
        columns=",".join(made.columns),
        division=made.division,
        mode=made.mode,
        lang=None,
    )
    return make_ask(query, subject, dataset, made.mode, now)


def bound(made: Subscription, decision: Decision, chance: bytes) -> Subscription:
    """The same for the asker of that decision, on the very basis it named: another grant will not widen it."""
    subject = decision.ask.subject
    return replace(
        made,
        system=subject.system,
        organisation=subject.organisation,
        grant=decision.grant,
        basis=None if decision.basis is Basis.GRANT else decision.basis,
        division=decision.ask.division,
        after=decision.version if made.webhook else 0,
        salt=chance.hex(),
    )
