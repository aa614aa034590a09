"""Messages on this machine's disk, durable before a broker is told that they came: numbered segments of JSON lines.

A broker that was not told sends a message again, so a process that dies between the disk and the word to the broker
would keep it twice. Segments therefore note up to which message the broker is known to have heard; what comes marked
as sent again is held against those that it may not have heard of.
"""

import base64
import hashlib
import json
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import IO

from connectors.landing import once
from connectors.landing.parts import sync
from schemas.dataset import Json
from schemas.errors import SourceChanged
from schemas.record import from_json, to_json

STATE = "spool.json"
SEALED = ".jsonl"
OPEN = ".open"
SURE = b'{"sure"'
"""How a line begins that is no message."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One message as it came."""

    topic: str
    at: str
    """When it came: ISO 8601 with offset."""
    payload: bytes
    retained: bool = False
    duplicate: bool = False
    mid: int = 0
    """The broker's number of it; 0 where it wants no answer."""

    @property
    def mark(self) -> str:
        """The same for a message that is sent again."""
        return f"{self.mid}:{hashlib.sha256(self.topic.encode() + bytes(1) + self.payload).hexdigest()}"

    def line(self) -> bytes:
        """As it stands in a segment."""
        try:
            payload = {"text": self.payload.decode()}
        except UnicodeDecodeError:
            payload = {"base64": base64.b64encode(self.payload).decode()}
        told = {"topic": self.topic, "at": self.at, "retained": self.retained, "duplicate": self.duplicate}
        return json.dumps({**told, "mid": self.mid, **payload}, ensure_ascii=False).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class State:
    """What a spool knows of the session that fills it."""

    id: str
    """Made once: a spool that was emptied, or another machine's, has another."""
    epoch: int = 1
    topics: tuple[str, ...] = ()
    """What the session has subscribed to; nothing where there is no session yet."""
    lost: str = ""
    """Why messages may be missing; empty while none can be."""


@dataclass(slots=True)
class Segment:
    """The segment that is being written; nothing in it may be told to the broker before `write` has come back."""

    file: Path
    opened: IO[bytes]
    count: int = 0
    sure: int = 0
    """Of its messages so many are known to be known to the broker."""

    def write(self, messages: list[Kept]) -> None:
        """Puts them on the disk, and beside them what has become sure."""
        lines = [_sure(self.sure)] if self.sure else []
        self.opened.write(b"".join([*lines, *(one.line() for one in messages)]))
        self._settle()
        self.count += len(messages)

    def end(self) -> None:
        """The broker knows of all messages, of this segment and of those before."""
        self.opened.write(_sure(self.count, end=True))
        self._settle()

    def _settle(self) -> None:
        self.opened.flush()
        os.fsync(self.opened.fileno())


@dataclass(slots=True)
class Spool:
    """The folder of one dataset; whoever holds one is alone with it."""

    folder: Path
    state: State
    unsure: Counter[str] = field(default_factory=Counter)
    """Marks of messages that are kept, and that the broker may send again."""

    def note(self, state: State) -> None:
        """Keeps what is known of the session."""
        once.replace(self.folder / STATE, to_json(state))
        self.state = state

    def numbers(self) -> list[int]:
        """Of the finished segments, ascending."""
        return sorted(int(file.stem) for file in self.folder.glob(f"*{SEALED}"))

    def following(self) -> int:
        """Number of the next segment."""
        return max(self.numbers(), default=0) + 1

    @contextmanager
    def segment(self) -> Iterator[Segment]:
        """A new one; finished when the block is left, however, and not kept where nothing is in it."""
        file = self.folder / f"{self.following():08d}{OPEN}"
        with file.open("xb") as opened:
            sync(self.folder)
            segment = Segment(file, opened)
            try:
                yield segment
            finally:
                opened.close()
                self._seal(file)

    def pin(self, number: int) -> Mapping[str, Json]:
        """Name, size and sha256 of a finished segment; SourceChanged where it is gone."""
        file = self.folder / f"{number:08d}{SEALED}"
        with _segment(file) as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        return {"name": file.name, "size": file.stat().st_size, "sha256": sha256}

    def sweep(self, below: int, days: int) -> None:
        """Removes segments below a number that are some days old; the newest stays, since the next goes on from it."""
        for number in self.numbers()[:-1]:
            file = self.folder / f"{number:08d}{SEALED}"
            if number < below and time.time() - file.stat().st_mtime >= days * 86_400:
                file.unlink()

    def recover(self) -> None:
        """Finishes what a killed process left open, and finds what the broker may not have heard of."""
        for file in self.folder.glob(f"*{OPEN}"):
            with file.open("r+b") as opened:
                opened.truncate(sum(len(line) for line in opened if line.endswith(b"\n")))
                os.fsync(opened.fileno())
            self._seal(file)
        for number in reversed(self.numbers()):
            kept, ended = _unsure(self.folder / f"{number:08d}{SEALED}")
            self.unsure.update(kept)
            if ended:
                return

    def _seal(self, file: Path) -> None:
        if file.stat().st_size:
            file.rename(file.with_suffix(SEALED))
        else:
            file.unlink()
        sync(self.folder)


@contextmanager
def spool(folder: Path) -> Iterator[Spool]:
    """Waits until nobody else works in it; made where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    with once.alone(folder):
        file = folder / STATE
        if not file.exists():
            once.create(file, to_json(State(secrets.token_hex(8))))
        found = Spool(folder, from_json(State, file.read_bytes(), where=str(file)))
        found.recover()
        yield found


def kept(file: Path, sha256: str = "") -> Iterator[Kept]:
    """The messages of a finished segment; SourceChanged when it is not the one of that sha256."""
    with _segment(file) as opened:
        if sha256 and hashlib.file_digest(opened, "sha256").hexdigest() != sha256:
            raise SourceChanged(f"{file}: not the segment that was planned; plan anew")
        opened.seek(0)
        for line in opened:
            if not line.startswith(SURE):
                told = json.loads(line)
                payload = told["text"].encode() if "text" in told else base64.b64decode(told["base64"])
                yield Kept(told["topic"], told["at"], payload, told["retained"], told["duplicate"], told["mid"])


@contextmanager
def _segment(file: Path) -> Iterator[BufferedReader]:
    try:
        opened = file.open("rb")
    except FileNotFoundError as gone:
        raise SourceChanged(f"{file}: this segment of the spool is gone") from gone
    with opened:
        yield opened


def accepted(state: State, epoch: int) -> State:
    """The state once somebody has said that they know of what is lost: it begins a session anew."""
    return replace(state, epoch=epoch, topics=(), lost="") if epoch > state.epoch else state


def _sure(count: int, *, end: bool = False) -> bytes:
    return json.dumps({"sure": count, "end": end}).encode() + b"\n"


def _unsure(file: Path) -> tuple[list[str], bool]:
    """Marks of a segment's messages that the broker may not have heard of, and whether nothing before matters."""
    sure = 0
    with file.open("rb") as opened:
        for line in opened:
            if line.startswith(SURE):
                note = json.loads(line)
                if note["end"]:
                    return [], True
                sure = note["sure"]
    return [one.mark for one in islice(kept(file), sure, None) if one.mid], False
