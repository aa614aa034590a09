"""A PostgreSQL of its own for the tests: made in a temporary folder, gone when they end."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server on loopback; `url(name)` is one of its databases."""

    port: int
    password: str

    def url(self, name: str) -> str:
        return f"postgresql://yishu:{self.password}@127.0.0.1:{self.port}/{name}"


def find_binaries() -> Path | None:
    """The newest `bin` folder of Debian's packages, else the one on PATH; None where there is none."""
    packaged = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda file: int(file.parent.parent.name))
    if packaged:
        return packaged[-1].parent
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def running(binaries: Path, *, durable: bool = False, tls: Path | None = None) -> Iterator[Postgres]:
    """Start a cluster on a free port; stop it at once and remove it at the end. `durable` waits for the disk.

    With `tls`, a file of key and certificate, it speaks TLS to who asks for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="yishu-pg-", dir="/tmp"))
    password = secrets.token_urlsafe(16)
    pwfile, data, log = folder / "pw", folder / "data", folder / "log"
    pwfile.write_text(password)
    (folder / "tls").write_bytes(tls.read_bytes() if tls else b"")
    (folder / "tls").chmod(0o600)
    if os.geteuid() == 0:
        for path in (folder, pwfile, folder / "tls"):
            shutil.chown(path, "postgres", "postgres")
    port = free_port()
    initdb = ["-D", str(data), "-U", "yishu", "--auth=scram-sha-256", f"--pwfile={pwfile}", "-E", "UTF8", "--no-sync"]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=60"
    options += " -c max_prepared_transactions=4"
    options += "" if durable else " -c fsync=off"
    options += "" if tls is None else f" -c ssl=on -c ssl_cert_file={folder}/tls -c ssl_key_file={folder}/tls"
    try:
        run(binaries / "initdb", [*initdb, "--locale=C.UTF-8"])
        run(binaries / "pg_ctl", ["-D", str(data), "-l", str(log), "-w", "-o", options, "start"])
        try:
            yield Postgres(port, password)
        finally:
            run(binaries / "pg_ctl", ["-D", str(data), "-w", "-m", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(program: Path, arguments: Sequence[str]) -> None:
    """As the user `postgres` when we are root, who may not run a server."""
    before = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryFile() as said:  # a pipe would stay open as long as the server runs
        done = subprocess.run([*before, str(program), *arguments], stdout=said, stderr=said, cwd="/", check=False)
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"{program.name} ended with {done.returncode}: {said.read().decode()}")


def free_port() -> int:
    """A loopback port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
