"""Files that nginx sends: decided, on record, then handed over, and to nobody else than an nginx that asked."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.conftest import City
from tests.served import serving

ROWS = "/api/v1/datasets/civil_affairs.low_income/rows?purpose=social_assistance&format=parquet"
ABLE = {"X-Sendfile-Type": "X-Accel-Redirect"}
DOCS = Path(__file__).parents[2] / "docs" / "http.md"


@pytest.fixture
def handing(city: City) -> City:
    desk = city.client.app.state.desk
    city.client.app.state.desk = replace(desk, settings=replace(desk.settings, x_accel="/kept/"))
    return city


def ask(city: City, path: str = ROWS, who: str = "tengzhou", **headers: str) -> Any:
    return city.client.get(path, headers=city.headers(who) | headers)


def ended(city: City, answer: Any) -> Any:
    path = f"/ledger/receipts/{answer.headers['Yishu-Receipt']}"
    return city.get(path, "tengzhou").json()["served"]["body"]


def test_a_spliced_file_is_handed_over_and_that_is_on_record(handing: City) -> None:
    sent = ask(handing)
    answer = ask(handing, **ABLE)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["X-Accel-Redirect"].startswith("/kept/")
    assert answer.headers["ETag"] == sent.headers["ETag"]
    kept = handing.shelf.lake / "cuts" / answer.headers["X-Accel-Redirect"].removeprefix("/kept/")
    assert kept.read_bytes() == sent.content
    assert kept.stat().st_mode & 0o777 == 0o640
    told = ended(handing, answer)
    assert (told["outcome"], told["bytes"], told["rows"]) == (
        "handed over",
        len(sent.content),
        ended(handing, sent)["rows"],
    )
    assert told["sha256_whole"] == ended(handing, sent)["sha256"]
    kept.write_bytes(kept.read_bytes()[:-1])  # cut off meanwhile: made again
    assert ask(handing, **ABLE).headers["X-Accel-Redirect"] == answer.headers["X-Accel-Redirect"]
    assert kept.read_bytes() == sent.content


def test_nothing_is_handed_over_without_the_setting_or_past_nginx(city: City, handing: City) -> None:
    assert "X-Accel-Redirect" not in ask(handing).headers
    desk = city.client.app.state.desk
    city.client.app.state.desk = replace(desk, settings=replace(desk.settings, x_accel=""))
    assert "X-Accel-Redirect" not in ask(city, **ABLE).headers


@pytest.mark.parametrize("more", ["&filter=amount >= 0", "&division=370481103201", "&limit=5"])
def test_what_is_made_row_by_row_is_never_handed_over(handing: City, more: str) -> None:
    answer = ask(handing, ROWS + more, **ABLE)
    assert "X-Accel-Redirect" not in answer.headers
    assert answer.status_code != 200 or answer.content.startswith(b"PAR1")


def test_a_refusal_and_what_the_caller_has_are_answered_here(handing: City) -> None:
    refused = ask(handing, ROWS.replace("social_assistance", "own_duty"), **ABLE)
    assert (refused.status_code, "X-Accel-Redirect" in refused.headers) == (403, False)
    known = ask(handing, **ABLE, **{"If-None-Match": ask(handing).headers["ETag"]})
    assert (known.status_code, "X-Accel-Redirect" in known.headers) == (304, False)


@pytest.fixture
def nginx(handing: City, tmp_path: Path) -> Iterator[str]:
    """The nginx of the documentation, before a real server."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        pytest.skip("NOT TESTED: nginx is not installed here")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = re.search(r"```nginx\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    assert told
    with serving(handing.client.app) as address:
        places = told[1].replace("http://127.0.0.1:8000", address).replace("/srv/yishu/lake", str(handing.shelf.lake))
        temporary = "".join(
            f"{one}_temp_path {tmp_path};" for one in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        config = tmp_path / "nginx.conf"
        config.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log {tmp_path}/errors; worker_processes 1; events {{}}"
            f"http {{ access_log off; {temporary} server {{ listen 127.0.0.1:{port}; {places} }} }}",
            encoding="utf-8",
        )
        as_root = ["-g", "user root;"] if Path("/proc/self").stat().st_uid == 0 else []
        with subprocess.Popen([program, "-c", str(config), "-p", str(tmp_path), *as_root]) as process:
            try:
                _await(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _await(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise TimeoutError(f"no nginx at {port}")


def test_behind_the_nginx_of_the_documentation_the_answer_is_the_same(nginx: str, handing: City) -> None:
    ours = ask(handing)
    credential = handing.headers("tengzhou")
    whole = httpx.get(nginx + ROWS, headers=credential)
    assert whole.content == ours.content
    for name in ("ETag", "Yishu-Version", "Content-Type", "Content-Disposition", "Cache-Control", "Vary"):
        assert whole.headers[name] == ours.headers[name], name
    assert ended(handing, whole)["outcome"] == "handed over"
    part = httpx.get(nginx + ROWS, headers=credential | {"Range": "bytes=4-19", "If-Range": whole.headers["ETag"]})
    assert (part.status_code, part.content) == (206, ours.content[4:20])
    assert part.headers["Content-Range"] == f"bytes 4-19/{len(ours.content)}"
    other = httpx.get(nginx + ROWS, headers=credential | {"Range": "bytes=4-19", "If-Range": '"another"'})
    assert (other.status_code, other.content) == (200, ours.content)
    assert httpx.get(f"{nginx}/kept/any.parquet", headers=credential).status_code == 404
    assert httpx.get(nginx + ROWS, headers=credential | {"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert httpx.get(nginx + ROWS).status_code == 404  # as for a dataset that does not exist
