"""A resource that runs in a process of its own: frames come over a pipe, and the process goes when nobody listens."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.masking import masked
from schemas.dataset import Json
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

CHILD = Path(__file__).with_name("dlt_child.py")
HEAD = 9
BLOCK = 1 << 20
AGAIN = ("OSError", "ConnectionError", "TimeoutError", "Timeout", "RequestException", "TransportError")
"""Names of errors after which the same may succeed later."""
SAID = 500


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to run, and with what in its environment."""

    python: str
    told: Mapping[str, Json]
    environment: Mapping[str, str] = field(repr=False)
    hidden: tuple[str, ...] = field(repr=False)
    """Secrets that no message may hold."""
    timeout: float
    where: str


@contextmanager
def frames(drawn: Drawn) -> Iterator[Iterator[tuple[str, bytes]]]:
    """Letters and contents; SourceUnreachable where nothing comes, SourceChanged where the resource fails."""
    with TemporaryDirectory(prefix="yishu-dlt-") as home:
        environment = {"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "HOME": home, "DLT_DATA_DIR": home}
        environment |= {"RUNTIME__DLTHUB_TELEMETRY": "false", **drawn.environment}
        try:
            process = subprocess.Popen(  # noqa: S603 — the interpreter is the operator's, from the connection
                [drawn.python, "-I", str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=home,
                start_new_session=True,
            )
        except OSError as wrong:
            raise NotReady(f"{drawn.where}: no interpreter {drawn.python!r}: {wrong}") from wrong
        try:
            yield _frames(process, drawn)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _frames(process: "subprocess.Popen[bytes]", drawn: Drawn) -> Iterator[tuple[str, bytes]]:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(drawn.told).encode())
            process.stdin.close()
    while True:
        head = _read(process, HEAD, drawn)
        letter, content = chr(head[0]), _read(process, int.from_bytes(head[1:], "big"), drawn)
        if letter == "Z":
            return
        if letter == "E":
            raise _error(json.loads(content), drawn)
        yield letter, content


def _read(process: "subprocess.Popen[bytes]", size: int, drawn: Drawn) -> bytes:
    found = bytearray()
    until = time.monotonic() + drawn.timeout
    pipe = process.stdout.fileno() if process.stdout is not None else -1
    while len(found) < size:
        if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
            raise SourceUnreachable(f"{drawn.where}: the resource yielded nothing for {drawn.timeout:g} s")
        some = os.read(pipe, min(BLOCK, size - len(found)))
        if not some:
            raise SourceUnreachable(f"{drawn.where}: its process ended in the middle (status {process.wait()})")
        found += some
        until = time.monotonic() + drawn.timeout
    return bytes(found)


def _error(told: Mapping[str, Json], drawn: Drawn) -> SourceUnreachable | SourceChanged | NotReady:
    said = str(told["said"])
    for secret in sorted(drawn.hidden, key=len, reverse=True):
        said = masked(said, secret)
    said = f"{drawn.where}: {' '.join(said.split())[:SAID]}"
    names = told["names"]
    if "ModuleNotFoundError" in names:
        return NotReady(f"{said}; name the folder of the module and the interpreter that has what it imports")
    return SourceUnreachable(said) if any(name in AGAIN for name in names) else SourceChanged(said)
