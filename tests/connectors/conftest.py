"""Places of files that the tests of this room share: a real server of each kind."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import s3
from tests.clients.environment import NotMade
from tests.connectors.certificate import certificate
from tests.connectors.far_place import FarPlace
from tests.connectors.ftp_server import ftp_server
from tests.connectors.s3_place import s3_place
from tests.connectors.sftp_server import sftp_place
from tests.connectors.web_server import web_server
from tests.s3 import S3

FAR = ("sftp", "ftp", "ftps", "ftp-old", "ftp-gb18030", "s3", "http")


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """A real S3 server; where its environment cannot be had, skipped loudly, an error under CI."""
    try:
        with s3.running(tmp_path_factory.mktemp("s3") / "log") as found:
            yield found
    except NotMade as wrong:
        s3.not_made(wrong)


@pytest.fixture(params=FAR)
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarPlace]:
    """An empty place of each kind that is not on this machine."""
    with ExitStack() as held:
        yield open_far(request.param, tmp_path_factory.mktemp("far"), request, held)


def open_far(kind: str, folder: Path, request: pytest.FixtureRequest, held: ExitStack) -> FarPlace:
    """A server of that kind, until `held` is left."""
    if kind == "s3":
        return held.enter_context(s3_place(request.getfixturevalue("s3_server")))
    if kind == "sftp":
        return held.enter_context(sftp_place(folder))
    if kind == "http":
        return held.enter_context(web_server(folder))
    if kind == "ftps":
        return held.enter_context(ftp_server(folder, tls=certificate(folder.parent / f"{folder.name}.pem")))
    encoding = "gb18030" if kind == "ftp-gb18030" else "utf8"
    return held.enter_context(ftp_server(folder, encoding=encoding, old=kind == "ftp-old"))
