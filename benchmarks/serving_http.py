"""Rows over HTTP, with decision and receipt: against nginx with a file of that size, and against Arrow Flight."""

import shutil
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import serving_flight
from benchmarks.row import Row, alternate
from benchmarks.serving_client import Client, Got
from benchmarks.serving_server import Server, Stocked, free_port, listening, serving, stocked

KEPT = "/kept/"


def rows(*, full: bool) -> Iterator[Row]:
    """At 10 million rows, or at 1 million; memory also at a tenth of that."""
    count = 10_000_000 if full else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        large, small = stocked(Path(name) / "large", count), stocked(Path(name) / "small", count // 10)
        with serving(large.home, YISHU_X_ACCEL=KEPT) as server:
            yield from _against_nginx(large, server, Path(name))
            yield from _against_flight(large, server)
            yield _first_byte(large, server)
        yield from _memory(large, small)


def _against_nginx(of: Stocked, server: Server, place: Path) -> Iterator[Row]:
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        sys.stdout.write("NOT MEASURED: serving.http-* need nginx, which is not installed here\n")
        return
    path = of.path("county", "parquet")
    with _nginx(program, of, server, place) as port, ExitStack() as held:
        ours = held.enter_context(Client(server.port, of.credential))
        through = held.enter_context(Client(port, of.credential))
        size = ours.get(path).bytes
        (place / "static").mkdir()
        (place / "static" / "county.parquet").write_bytes(b"\0" * size)
        told = f"the county's {size / 1e6:.1f} MB, one connection, decision and receipt with each answer"
        for name, client, target in (("serving.http-vs-nginx", ours, 0.5), ("serving.x-accel-vs-nginx", through, 0.85)):
            a, b = alternate(_getting(client, path), _getting(through, "/static/county.parquet"), times=31)
            detail = f"{told}: {a * 1000:.1f} ms and {b * 1000:.1f} ms"
            yield Row(name, b / a, "x", target, ">=", "nginx with a static file of that size", detail)


def _getting(client: Client, path: str) -> Callable[[], Got]:
    return lambda: client.get(path)


@contextmanager
def _nginx(program: str, of: Stocked, server: Server, place: Path) -> Iterator[int]:
    """One worker, before the API, with the kept files and a static folder."""
    port = free_port()
    kept = " ".join(
        f"add_header {name} $upstream_http_{name.lower().replace('-', '_')};"
        for name in ("ETag", "Yishu-Receipt", "Yishu-Version")
    )
    temporary = "".join(f"{one}_temp_path {place};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (place / "nginx.conf").write_text(
        f"""daemon off; pid {place}/pid; error_log {place}/errors; worker_processes 1; events {{}}
        http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; {temporary}
        upstream api {{ server 127.0.0.1:{server.port}; keepalive 4; }}
        server {{ listen 127.0.0.1:{port};
            location / {{ proxy_pass http://api; proxy_http_version 1.1; proxy_set_header Connection "";
                proxy_set_header X-Sendfile-Type X-Accel-Redirect; proxy_buffering off; }}
            location {KEPT} {{ internal; alias {of.home}/lake/cuts/; etag off; {kept} }}
            location /static/ {{ alias {place}/static/; }} }} }}""",
        encoding="utf-8",
    )
    user = ["-g", "user root;"] if Path("/proc/self").stat().st_uid == 0 else []
    with listening([program, "-c", str(place / "nginx.conf"), "-p", str(place), *user], port, {}):
        yield port


def _against_flight(of: Stocked, server: Server) -> Iterator[Row]:
    """Both decoded by the client into a table."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.serving_flight", str(of.home), str(port)]
    with listening(command, port, {}):
        for scope in ("county", "whole"):
            ticket = f"{of.credential} {of.grants[scope]}"
            found: dict[str, pa.Table] = {}
            first = _kept(found, "http", partial(_arrow, of, server, scope))
            other = _kept(found, "flight", partial(serving_flight.fetched, port, ticket))
            http, flight = alternate(first, other, times=7 if scope == "county" else 3)
            if not found["http"].equals(found["flight"]):
                raise AssertionError("Flight and HTTP answer with different rows")
            detail = (
                f"{found['http'].num_rows} rows, {found['http'].nbytes / 1e6:.0f} MB: {http:.3f} s and {flight:.3f} s"
            )
            yield Row(f"serving.arrow-vs-flight-{scope}", flight / http, "x", 0.9, ">=", "pyarrow.flight", detail)


def _kept(found: dict[str, pa.Table], name: str, fetch: Callable[[], pa.Table]) -> Callable[[], None]:
    def run() -> None:
        found[name] = fetch()

    return run


def _arrow(of: Stocked, server: Server, scope: str) -> pa.Table:
    url = f"http://127.0.0.1:{server.port}{of.path(scope, 'arrow')}"
    asked = urllib.request.Request(url, headers={"Authorization": f"Bearer {of.credential}"})
    with urllib.request.urlopen(asked) as answer, pa.ipc.open_stream(answer) as stream:
        return stream.read_all()


def _first_byte(of: Stocked, server: Server) -> Row:
    """The slowest of all ways, each by its median."""
    asks = [(scope, form) for scope in ("county", "whole", "lives") for form in ("parquet", "arrow", "csv")]
    paths = {f"{scope} as {form}": of.path(scope, form) for scope, form in asks}
    paths["a page of 1,000 as JSON"] = of.path("county", "json") + "&limit=1000"
    times = {name: median(_first(of, server, path) for _ in range(7)) for name, path in paths.items()}
    worst = max(times, key=lambda name: times[name])
    told = ", ".join(f"{name} {spent * 1000:.0f}" for name, spent in times.items())
    detail = f"the slowest is {worst}; milliseconds: {told}"
    return Row("serving.first-byte", times[worst] * 1000, "ms", 50, "<=", "the target of the issue", detail)


def _first(of: Stocked, server: Server, path: str) -> float:
    """Seconds until content comes; then the connection is dropped, and its scan slot comes back."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with Client(server.port, of.credential) as client:
            spent = client.first(path)
        if spent is not None:
            return spent
        time.sleep(0.1)
    raise TimeoutError("the slots of streams that were dropped have not come back within a minute")


def _memory(large: Stocked, small: Stocked) -> Iterator[Row]:
    """The greatest resident memory of a new process over what it takes idle, while it streams the whole version."""
    told = {of.rows: {form: _taken(of, form) for form in ("parquet", "arrow")} for of in (large, small)}
    most, group = told[large.rows], _row_group(large)
    detail = f"{large.rows} rows, MB over idle: " + ", ".join(
        f"{form} {taken:.0f}" for form, (taken, _) in most.items()
    )
    limit = 64 + 3 * group
    worst = max(taken for taken, _ in most.values())
    yield Row(
        "serving.stream-memory", worst, "MB", round(limit, 1), "<=", f"3 row groups of {group:.1f} MB + 64", detail
    )
    peaks = [max(peak for _, peak in told[of.rows].values()) for of in (large, small)]
    detail = f"{large.rows} rows {peaks[0]:.0f} MB, {small.rows} rows {peaks[1]:.0f} MB, the process as a whole"
    yield Row("serving.memory-flat", peaks[0] / peaks[1], "x", 1.25, "<=", "a tenth of the rows", detail)


def _taken(of: Stocked, form: str) -> tuple[float, float]:
    """Over idle, and in all."""
    with serving(of.home) as server, Client(server.port, of.credential) as client:
        client.get(of.path("county", "json") + "&limit=1")
        idle = server.megabytes("VmRSS")
        server.forget()
        client.get(of.path("whole", form))
        peak = server.megabytes("VmHWM")
        return peak - idle, peak


def _row_group(of: Stocked) -> float:
    """MB in memory of the largest row group of the first file."""
    path = min((of.home / "lake").glob("part-*.parquet"))
    with pq.ParquetFile(path) as file:
        return float(max(file.read_row_group(n).nbytes for n in range(min(20, file.num_row_groups))) / 1e6)
