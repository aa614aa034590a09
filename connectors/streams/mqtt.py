"""Reads the messages of MQTT topics in micro-batches, by way of a spool on this machine's disk."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from secrets import token_hex
from typing import Literal

from pydantic import BaseModel, Field

from connectors.headers import extra_columns, fingerprint
from connectors.options import Options, read_options
from connectors.protocol import Batch, Claims, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Seen
from connectors.streams.drain import Draining, drain
from connectors.streams.hearing import SHARED, heard, offers
from connectors.streams.link import Address
from connectors.streams.message import Reader, Told, message_mistakes
from connectors.streams.spool import Kept, Spool, kept, spool
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import NotReady, SourceChanged, SourceFault
from schemas.journey import Plan, Window

BESIDE = ("topic", "received", "retained", "duplicate")
"""What stands beside a message and may be a field."""
SAMPLE = 100
"""Messages that are looked at by `check` and `discover`: retained ones, and those in the newest segment."""
LOOK = 0.5
"""Seconds that they wait for the next one, once some have come, and `check` for the first."""
PATIENCE_S = 3.0
"""Seconds that `discover` and a sample wait for the first."""


class MqttOptions(Options):
    """Which topics, as whom, and how much to take at once."""

    topics: tuple[str, ...] = Field(min_length=1)
    """Filters, with `+` and `#`."""
    client: str = ""
    """Client id, which nobody else may use; empty: `yishu-` and the dataset's key."""
    epoch: int = Field(default=1, ge=1)
    """Raised by one to go on where messages may be lost: the broker forgot our session, or the spool is another."""
    version: Literal["5", "3.1.1"] = "5"
    most_records: int = Field(default=200_000, ge=1)
    """A window takes about so many from the broker."""
    most_seconds: float = Field(default=60.0, gt=0)
    """A window listens no longer."""
    quiet_seconds: float = Field(default=2.0, gt=0)
    """After so long without a message nothing waits any more."""
    keep_days: int = Field(default=7, ge=1)
    """Landed segments stay in the spool so long, so that their window can land anew."""
    record: str = ""
    """Dotted path of the record inside the payload; empty where the payload is the record."""
    beside: dict[str, str] = Field(default_factory=dict)
    """Field -> `topic`, `received`, `retained` or `duplicate`."""
    optional: tuple[str, ...] = ()
    """Fields that a record may leave out; they are NULL then."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds without an answer."""


@dataclass(frozen=True, slots=True)
class Mqtt:
    """Some topics of one broker. `now` tells when a message came."""

    dataset: Dataset
    connection: Connection
    options: MqttOptions
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def check(self) -> tuple[Problem, ...]:
        """We may log in and subscribe, and retained and kept messages have the contract's fields; nothing is taken."""
        try:
            self._folder()
            extra = self._sample(LOOK).untaken(self._where, self.options.optional)
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at the connection and the topics, or ask the department"),)
        return extra_columns(self._where, extra)

    def discover(self) -> tuple[Stream, ...]:
        """The names in retained and kept messages and what JSON calls their values."""
        return (Stream(self._where, self._sample(PATIENCE_S).columns()),)

    def plan(self, window: Window) -> Plan:
        """As `follow` where nothing has landed yet."""
        return self.follow(window, Claims())

    def follow(self, window: Window, claims: Claims) -> Plan:
        """Takes what waits at the broker into the spool, and fixes the segments since the last landing."""
        with spool(self._folder()) as opened:
            piece = self._mine(claims.mine) if claims.mine else self._next(opened, claims)
            every = [opened.pin(number) for number in range(piece["low"], piece["high"])]
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        pieces = ({**piece, "segments": every},)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, pieces, shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """Segment after segment in the order of arrival; a row's place is its number in the segment."""
        reader, folder = self._reader(), self._folder()
        for segment in plan.pieces[0]["segments"]:
            for place, message in enumerate(kept(folder / segment["name"], segment["sha256"]), 1):
                reader.take(place, message.payload, _beside(message))
                if reader.full:
                    yield reader.batch(segment["name"])
            if reader.waiting:
                yield reader.batch(segment["name"])
        reader.seen.untaken(self._where, self.options.optional)

    def show(self, most: int) -> Iterator[Batch]:
        """What is retained, then what comes within seconds, by a session of its own; none is taken or kept."""
        reader = self._reader()
        for place, message in enumerate(self._heard(PATIENCE_S, most), 1):
            reader.take(place, message.payload, _beside(message))
        if reader.waiting:
            yield reader.batch(self._where)

    def done(self, plan: Plan) -> tuple[Problem, ...]:
        """Removes segments that landed long enough ago; the broker was told when they reached the disk."""
        with spool(self._folder()) as opened:
            opened.sweep(plan.pieces[0]["high"], self.options.keep_days)
        return ()

    @property
    def _where(self) -> str:
        return ", ".join(self.options.topics)

    @property
    def _client(self) -> str:
        return self.options.client or f"yishu-{self.dataset.key}"

    def _folder(self) -> Path:
        told = str(self.connection.extra.get("spool", ""))
        if not told:
            raise NotReady(
                f"connection {self.connection.id!r}: extra 'spool' names no folder; messages must be on a disk that "
                "stays before the broker may forget them"
            )
        return Path(told) / self.dataset.key

    def _address(self, client: str) -> Address:
        return Address(self.connection, client, self.options.version, self.options.timeout)

    def _mine(self, mine: Plan) -> dict[str, Json]:
        return {name: value for name, value in mine.pieces[0].items() if name != "segments"}

    def _next(self, opened: Spool, claims: Claims) -> dict[str, Json]:
        options = self.options
        before = claims.before.pieces[0] if claims.before else None
        if before and before["spool"] != opened.state.id and options.epoch <= before["epoch"]:
            raise SourceChanged(
                f"{opened.folder}: found the spool {opened.state.id}, expected {before['spool']}, which the last "
                "landing read: messages may lie in the other one; bring it back, or say "
                f"options.epoch: {before['epoch'] + 1} to go on without it"
            )
        if claims.after is None:
            drain(self._draining(), opened)
        same = before is not None and before["spool"] == opened.state.id
        low = before["high"] if before and same else min(opened.numbers(), default=opened.following())
        high = opened.following()
        if claims.after is not None:
            after = claims.after.pieces[0]
            high = after["low"] if after["spool"] == opened.state.id else low
        told = {"name": self._client, "low": low, "high": max(low, high), "epoch": options.epoch}
        return {**told, "spool": opened.state.id}

    def _draining(self) -> Draining:
        options = self.options
        return Draining(
            self._address(self._client),
            options.topics,
            options.epoch,
            options.most_records,
            options.most_seconds,
            options.quiet_seconds,
            self.now,
        )

    def _reader(self) -> Reader:
        options = self.options
        return Reader(self.dataset, options.record, options.optional, options.beside)

    def _heard(self, seconds: float, most: int) -> list[Kept]:
        """What comes to somebody who only listens."""
        at = self.now().isoformat()
        came = heard(self._address(f"{self._client}-look-{token_hex(4)}"), self.options.topics, seconds, LOOK)
        with closing(came):
            return [Kept(one.topic, at, bytes(one.payload), retained=one.retain) for one in islice(came, most)]

    def _sample(self, seconds: float) -> Seen:
        """What retained messages show, those that come by, and the newest segment; our own session is not touched."""
        reader, found = self._reader(), self._heard(seconds, SAMPLE)
        segments = sorted(self._folder().glob("*.jsonl"))[-1:]
        for message in islice((*found, *(one for file in segments for one in kept(file))), SAMPLE):
            reader.take(1, message.payload, _beside(message))
        return reader.seen


def _beside(message: Kept) -> Told:
    flags: Mapping[str, bool] = {"retained": message.retained, "duplicate": message.duplicate}
    return {"topic": message.topic, "received": message.at} | {n: str(is_so).lower() for n, is_so in flags.items()}


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, MqttOptions):
        return ()
    shared = [
        f"options.topics: found {one!r}, a shared subscription, expected the topics themselves: "
        "whoever looks at the source would take its messages"
        for one in options.topics
        if one.startswith(SHARED)
    ]
    return (*shared, *message_mistakes(dataset, options.beside, options.optional, BESIDE, headers=False))


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None or not connection.host:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r} with a host; mqtt needs one")
    return Mqtt(dataset, connection, read_options(MqttOptions, dataset))


KIND = ConnectorKind("mqtt", MqttOptions, build, _mistakes, ("mqtt", "mqtts"), offers, stream=True)
