"""Files on a real SFTP server: whole or not at all, and only on the server that the operator meant."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

import asyncssh

from connectors.outbox.place import belongs_to, open_place
from connectors.outbox.sftp import SftpPlace
from connectors.ssh import ssh_options
from schemas.connection import Connection
from schemas.errors import NotReady, RecipientUnreachable
from tests.connectors.sftp_server import SftpServer, sftp_server

RECIPIENT = "11370481004275842X"
PATH = "civil_affairs.low_income/v1/low_income.parquet"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path / "theirs") as running:
        yield running


def test_a_file_appears_whole_under_its_name(server: SftpServer) -> None:
    pieces = [bytes([number]) * (1 << 20) for number in range(5)]
    with open_place(server.connection(RECIPIENT)) as place:
        assert place.read(PATH, 100) is None
        place.put(PATH, iter(pieces))
        assert place.read(PATH, 3) == bytes(3)
        place.put(PATH, iter([b"again"]))
    assert server.files() == {f"in/{PATH}": b"again"}


def test_what_breaks_the_pieces_leaves_nothing_under_the_name(server: SftpServer) -> None:
    def broken() -> Iterator[bytes]:
        yield b"begun"
        raise NotReady("the source is gone")

    with open_place(server.connection(RECIPIENT)) as place, pytest.raises(NotReady):
        place.put(PATH, broken())
    assert f"in/{PATH}" not in server.files()


def test_a_server_that_breaks_off_is_unreachable_and_shows_no_file(server: SftpServer) -> None:
    server.most = 1 << 20
    with open_place(server.connection(RECIPIENT)) as place, pytest.raises(RecipientUnreachable, match=r"sftp 127\.0"):
        place.put(PATH, iter([bytes(1 << 20)] * 4))
    assert f"in/{PATH}" not in server.files()
    server.most = None
    with open_place(server.connection(RECIPIENT)) as place:
        place.put(PATH, iter([b"whole"]))
    assert server.files()[f"in/{PATH}"] == b"whole"


def test_a_server_that_stands_still_is_left(server: SftpServer) -> None:
    server.released.clear()
    try:
        with open_place(server.connection(RECIPIENT)) as place:
            assert isinstance(place, SftpPlace)
            place.patience = 1.0
            with pytest.raises(RecipientUnreachable, match="Timeout"):
                place.put(PATH, iter([bytes(16 << 10)] * 8))
    finally:
        server.released.set()
    assert f"in/{PATH}" not in server.files()


def test_another_server_in_its_place_gets_nothing(server: SftpServer) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with (
        pytest.raises(RecipientUnreachable, match="HostKeyNotVerifiable"),
        open_place(server.connection(RECIPIENT, host_key=other)),
    ):
        pass
    both = f"{other}\n{server.host_key.export_public_key().decode()}"
    with open_place(server.connection(RECIPIENT, host_key=both)) as place:
        assert place.read("nothing", 1) is None, "a server may change to another of its keys"
    lines = server.host_key.export_public_key("rfc4716").decode()
    with open_place(server.connection(RECIPIENT, host_key=lines)) as place:
        assert place.read("nothing", 1) is None, "a key may be written over several lines"
    with pytest.raises(NotReady, match="host_key"), open_place(server.connection(RECIPIENT, host_key="")):
        pass


KEYS = tuple(asyncssh.generate_private_key(of) for of in ("ssh-ed25519", "ecdsa-sha2-nistp256"))
LINE, BLOCK, PEM = (
    tuple(key.export_public_key(form).decode().strip() for key in KEYS) for form in ("openssh", "rfc4716", "pkcs8-pem")
)


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\n", "\n \t\n"])
@pytest.mark.parametrize("forms", list(product((LINE, BLOCK, PEM), repeat=2)))
def test_host_keys_stand_one_after_another_however_each_is_written(
    forms: Sequence[Sequence[str]], between: str
) -> None:
    told = Connection("theirs", "sftp", extra={"host_key": between.join([forms[0][0], forms[1][1], forms[0][1]])})
    known, _, _ = ssh_options(asyncssh, told, 1.0, "theirs")["known_hosts"]
    assert [key.public_data for key in known] == [KEYS[which].public_data for which in (0, 1, 1)]


@pytest.mark.parametrize(
    "wrong",
    [
        *("no key", "ssh-ed25519 AAAA", "---- BEGIN SSH2 PUBLIC KEY ----", "---- END SSH2 PUBLIC KEY ----"),
        *(block.rpartition("\n")[0] for block in (BLOCK[1], PEM[1])),
        *(block.partition("\n")[2] for block in (BLOCK[1], PEM[1])),
    ],
)
def test_beside_what_is_no_host_key_none_is_taken(wrong: str) -> None:
    for good, order in product((LINE[0], BLOCK[0], PEM[0]), (1, -1)):
        told = Connection("theirs", "sftp", extra={"host_key": "\n".join([good, wrong][::order])})
        with pytest.raises(NotReady, match="extra must hold the server's host_key"):
            ssh_options(asyncssh, told, 1.0, "theirs")


def test_a_wrong_password_and_a_closed_port_are_told_without_the_password(server: SftpServer) -> None:
    wrong = replace(server.connection(RECIPIENT), password="another-word")
    with pytest.raises(RecipientUnreachable, match="PermissionDenied") as told, open_place(wrong):
        pass
    assert "another-word" not in str(told.value)
    with pytest.raises(RecipientUnreachable), open_place(replace(wrong, port=1)):
        pass


def test_a_connection_is_its_recipients_alone(server: SftpServer) -> None:
    mine = server.connection(RECIPIENT)
    assert belongs_to(mine, RECIPIENT) is mine
    for other in (replace(mine, extra={}), server.connection("11370400004305679A")):
        with pytest.raises(NotReady, match="is not set up for"):
            belongs_to(other, RECIPIENT)


def test_a_connection_of_another_kind_is_no_place() -> None:
    with pytest.raises(NotReady, match="found kind 'postgres', expected one of sftp, aws, s3"):
        open_place(Connection("civil_affairs", "postgres"))
