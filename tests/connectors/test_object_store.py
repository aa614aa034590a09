"""A store that speaks S3, for those that read from it and those that deliver to it."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pyarrow import fs

from connectors.object_store import store_of
from connectors.outbox.place import open_place
from connectors.outbox.s3 import S3Place as Outbox
from connectors.places.known import place_of
from connectors.places.s3 import S3Place, S3Visit
from schemas.connection import Connection
from schemas.errors import NotReady
from tests.connectors.certificate import certificate
from tests.connectors.conformance import SECRET

STORE = Connection("x", "aws", login="yishu", password=SECRET, extra={"bucket": "certificates"})


class Refusing:
    """A store that takes our secret for a wrong one."""

    def get_file_info(self, _: object) -> None:
        raise OSError(
            "When listing objects in bucket 'certificates': AWS Error SIGNATURE_DOES_NOT_MATCH: The request signature "
            "we calculated does not match the signature you provided"
        )


def _read() -> object:
    visit = S3Visit(S3Place(STORE, ""), Refusing(), "certificates")  # type: ignore[arg-type] # all that is asked of it
    return visit.entries(lambda _: True)


def _delivered() -> object:
    place = Outbox(STORE)
    place.store = Refusing()
    return place.read("a", 1)


@pytest.mark.parametrize(("ask", "keeper"), [(_read, "the department"), (_delivered, "the recipient")])
def test_a_wrong_secret_is_not_told_as_somebody_who_poses_as_the_store(ask: Callable[[], object], keeper: str) -> None:
    with pytest.raises(NotReady, match=rf"let us in \(.*NOT_MATCH.*correct login and password.* ask {keeper}") as no:
        ask()
    assert "certificate is not one to trust" not in str(no.value)


def told(**extra: str) -> Connection:
    return replace(STORE, extra={**STORE.extra, **extra})


def visited(connection: Connection) -> None:
    with place_of(connection, "").visit():
        pass


def opened(connection: Connection) -> None:
    with open_place(connection):
        pass


@pytest.mark.parametrize("enter", [visited, opened])
def test_a_connection_that_names_no_store_is_refused(enter: Callable[[Connection], None]) -> None:
    for wrong in (replace(STORE, login=""), replace(STORE, password=""), told(bucket="")):
        with pytest.raises(NotReady, match=r"expected login and password .* and extra bucket"):
            enter(wrong)
    with pytest.raises(NotReady, match=r"endpoint_url: found ftp://, expected https:// or http://"):
        enter(told(endpoint_url="ftp://store"))
    with pytest.raises(NotReady, match="extra 'ca' is of TLS, and this connection is in the clear"):
        enter(told(endpoint_url="HTTP://store", ca="/etc/ca.pem"))
    with pytest.raises(NotReady, match="ca, certificate or key cannot be used"):
        enter(told(endpoint_url="HTTPS://store", ca="-----BEGIN nothing"))


@pytest.mark.parametrize("endpoint", ["", "store:9000", "https://store", "HTTPS://store", "http://store/"])
def test_an_endpoint_may_be_written_in_several_ways(endpoint: str) -> None:
    with store_of(told(endpoint_url=endpoint), 1) as store:
        assert isinstance(store, fs.S3FileSystem)


def test_an_authority_s_file_lies_there_as_long_as_the_store_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate(tmp_path / "server").read_text()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asked = told(ca=pem)
    with open_place(asked):
        (file,) = tmp_path.glob("*.pem")
        assert file.read_text() == pem
    assert not list(tmp_path.glob("*.pem"))
    place = Outbox(asked)
    with pytest.raises(ZeroDivisionError), place:
        assert 1 / 0
    assert not list(tmp_path.glob("*.pem")), "nor after an error, while the place is still held"
