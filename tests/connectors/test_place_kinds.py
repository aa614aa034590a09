"""What is peculiar to one kind of place: host keys, certificates, ranges, redirects, indexes."""

import logging
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

import asyncssh

from connectors.places.http import Index, read_index
from connectors.places.known import place_of
from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI
from tests.builders import make_field
from tests.connectors.certificate import certificate
from tests.connectors.conformance import DAY, dataset_of, typed
from tests.connectors.far_place import LOGIN, FarPlace
from tests.connectors.ftp_server import ftp_server
from tests.connectors.sftp_server import sftp_place
from tests.connectors.test_places import CONTENT, NAME, PATTERN, drop_at, taken
from tests.connectors.web_server import web_server


def with_extra(far: FarPlace, **extra: str) -> FarPlace:
    return replace(far, connection=replace(far.connection, extra={**far.connection.extra, **extra}))


def key_of(private: asyncssh.SSHKey) -> str:
    return private.export_public_key().decode()


def test_another_server_s_host_key_is_never_taken(tmp_path: Path) -> None:
    other = key_of(asyncssh.generate_private_key("ssh-ed25519"))
    with sftp_place(tmp_path / "far") as far:
        far.put(NAME, CONTENT)
        with pytest.raises(NotReady, match="shows another host key than host_key of the connection their_sftp; ask"):
            taken(drop_at(with_extra(far, host_key=other), tmp_path))
        for nothing in ("", "ssh-ed25519 broken"):
            with pytest.raises(NotReady, match="extra must hold the server's host_key"):
                taken(drop_at(with_extra(far, host_key=nothing), tmp_path))
        both = f"{other}\n{far.connection.extra['host_key']}\n"
        assert taken(drop_at(with_extra(far, host_key=both), tmp_path)) == [CONTENT]


def test_a_key_signs_in_in_place_of_a_password(tmp_path: Path) -> None:
    mine = asyncssh.generate_private_key("ssh-ed25519")
    told = {
        "private_key": mine.export_private_key("pkcs8-pem", passphrase="phrase").decode(),
        "private_key_passphrase": "phrase",
    }
    with sftp_place(tmp_path / "far") as far:
        far.put(NAME, CONTENT)
        without = with_extra(replace(far, connection=replace(far.connection, password="")), **told)
        with pytest.raises(NotReady, match="refuses the login; correct login, password or private_key"):
            taken(drop_at(without, tmp_path))
        far.keys.append(key_of(mine))
        assert taken(drop_at(without, tmp_path)) == [CONTENT]
        with pytest.raises(NotReady, match="private_key: "):
            taken(drop_at(with_extra(without, private_key_passphrase="another"), tmp_path))


def test_links_are_followed_and_folders_are_no_files(tmp_path: Path) -> None:
    with sftp_place(tmp_path / "far") as far:
        (far.folder / "elsewhere").write_bytes(CONTENT)
        (far.folder / NAME).symlink_to("elsewhere")
        (far.folder / "人口_20261121.csv").mkdir()
        assert taken(drop_at(far, tmp_path)) == [CONTENT]


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with ftp_server(tmp_path / "far", tls=certificate(tmp_path / "tls.pem")) as far:
        far.put(NAME, CONTENT)
        with pytest.raises(NotReady, match=r"its certificate is not one to trust: .*put the authority's PEM into"):
            taken(drop_at(with_extra(far, ca=""), tmp_path))
        by_number = replace(far, connection=replace(far.connection, host="127.0.0.1"))
        with pytest.raises(NotReady, match=r"its certificate is not one to trust: .*127"):
            taken(drop_at(by_number, tmp_path))
        with pytest.raises(NotReady, match="ca, certificate or key cannot be used"):
            taken(drop_at(with_extra(far, ca="no certificate"), tmp_path))


def test_a_web_server_s_certificate_is_checked_too(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with web_server(tmp_path / "far", certificate(tmp_path / "tls.pem")) as far:
        far.put(NAME, CONTENT)
        far.cuts.append(500_000)
        assert taken(drop_at(far, tmp_path)) == [CONTENT]
        with pytest.raises(NotReady, match=r"its certificate is not one to trust: .*put the authority's PEM into"):
            taken(drop_at(with_extra(far, ca=""), tmp_path))


def test_a_server_without_tls_gets_no_password_from_kind_ftps(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with ftp_server(tmp_path / "far") as far:
        secured = replace(far, connection=replace(far.connection, kind="ftps"))
        with pytest.raises(NotReady, match=r"speaks no TLS .*ask the department to switch it on"):
            taken(drop_at(secured, tmp_path))


@pytest.mark.parametrize("told", [{"ranges": False}, {"tags": False}, {"head": False}, {"zone": False}], ids=str)
def test_a_web_server_that_can_less_gives_whole_files_too(tmp_path: Path, told: dict[str, bool]) -> None:
    (tmp_path / "far").mkdir()
    with web_server(tmp_path / "far", **told) as far:
        far.put(NAME, CONTENT)
        far.cuts += [200_000, 600_000]
        assert taken(drop_at(far, tmp_path)) == [CONTENT]


def test_redirects_lead_within_the_host_alone(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with web_server(tmp_path / "far") as far:
        far.put("people_20261120.csv", CONTENT)
        assert taken(drop_at(far, tmp_path, "near.csv")) == [CONTENT]
        with pytest.raises(SourceChanged, match=r"redirects to http://localhost:[0-9]+; only its own host"):
            taken(drop_at(far, tmp_path, "far.csv"))
        with pytest.raises(SourceChanged, match=r"redirects to http://127\.0\.0\.1:1; only its own host"):
            taken(drop_at(far, tmp_path, "door.csv"))
        with pytest.raises(SourceChanged, match="more than 3 redirects"):
            taken(drop_at(far, tmp_path, "round.csv"))


def test_parameters_of_a_redirect_stand_in_no_message_and_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far").mkdir()
    caplog.set_level(logging.INFO, logger="httpx")
    for word, value in (("disabled", False), ("propagate", True)):
        monkeypatch.setattr(logging.getLogger("httpx"), word, value)  # whatever other tests left
    with (
        web_server(tmp_path / "far") as far,
        pytest.raises(SourceChanged, match=r"far\.csv: redirects to http://localhost") as refusal,
    ):
        taken(drop_at(far, tmp_path, "signed.csv"))
    assert "far.csv" in caplog.text
    assert "a-secret" not in caplog.text + str(refusal.value)


def test_a_glob_needs_an_index_on_a_web_server_and_check_looks_back_seven_days(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with web_server(tmp_path / "far") as far:
        drop = replace(drop_at(far, tmp_path), now=lambda: datetime(2026, 11, 25, 3, 0, tzinfo=SHANGHAI))
        assert "no file" in drop.check(lambda _: ())[0].said
        far.put(NAME, CONTENT)
        assert drop.check(lambda file: ()) == ()
        late = replace(drop, now=lambda: datetime(2026, 11, 29, 3, 0, tzinfo=SHANGHAI))
        assert "no file" in late.check(lambda _: ())[0].said
        plain = replace(drop, pattern="*.csv")
        with pytest.raises(NotReady, match=r"declare options\.index, or a name without"):
            taken(plain)


@pytest.mark.parametrize(
    ("body", "index"),
    [
        ("\ufeff  a.csv\r\nb.csv\n\na.csv\n", Index(file="x")),
        ('["a.csv", "b.csv"]', Index(file="x")),
        ('[{"name": "a.csv"}, {"name": "b.csv"}]', Index(file="x")),
        (
            '{"data": {"files": [{"file": "a.csv"}, {"file": "b.csv"}]}}',
            Index(file="x", names="data.files", key="file"),
        ),
    ],
)
def test_an_index_is_lines_or_json(body: str, index: Index) -> None:
    assert read_index(body.encode(), index, "x") == ["a.csv", "b.csv"]


@pytest.mark.parametrize("body", ['{"data": []}', "[1, 2]", "[{}]", '["a.csv"', "[[]]", "\xff\xfe"])
def test_what_is_no_index_is_refused(body: str) -> None:
    for index in (Index(file="x", names="data.files"), Index(file="x")):
        if body == '{"data": []}' and not index.names:
            continue
        with pytest.raises(SourceChanged, match="expected a list of names as declared"):
            read_index(body.encode("latin-1"), index, "x")


def test_an_index_that_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    with web_server(tmp_path / "far") as far, pytest.raises(SourceUnreachable, match=r"files\.txt: there is no such"):
        taken(drop_at(far, tmp_path, "*.csv"))


def test_an_address_may_be_written_as_airflow_writes_it() -> None:
    for host, schema, kind in (("https://a.cn", "", "http"), ("a.cn", "https", "http"), ("a.cn", "", "https")):
        told = Connection("web", kind, host, 8443, LOGIN, "x", schema, {"folder": "/a/"})
        assert place_of(told, "b").shown == "https://a.cn:8443/a/b"


def test_a_control_file_is_fetched_beside_its_data(tmp_path: Path) -> None:
    options = {"pattern": PATTERN, "encoding": "utf-8", "control": {"file": "{stem}.ctl"}}
    dataset = dataset_of(Source("csv_folder", "far", options), (make_field("code"),))
    with sftp_place(tmp_path / "far") as far:
        far.put(NAME, b"code\n1\n2\n")
        connector = connector_for(dataset, far.connection)
        with pytest.raises(SourceUnreachable, match=r"no control file 人口_20261120\.ctl beside"):
            connector.plan(DAY)
        far.put("人口_20261120.ctl", b"2")
        assert typed(dataset, connector).num_rows == 2
        assert connector.plan(DAY).pieces[0]["rows"] == 2


def test_formats_that_jump_about_in_a_file_read_from_afar(tmp_path: Path) -> None:
    rows = pa.table({"code": ["1", "2"]})
    with sftp_place(tmp_path / "far") as far:
        with zipfile.ZipFile(far.folder / "a_20261120.zip", "w") as archive:
            for member in ("x.csv", "y.csv"):
                archive.writestr(member, f"code\n{member[0]}1\n{member[0]}2\n")
        pq.write_table(rows, far.folder / "a_20261120.parquet")
        for kind, options, expected in (
            ("csv_folder", {"pattern": "a_{yyyymmdd}.zip", "encoding": "utf-8", "zip": {}}, ["x1", "x2", "y1", "y2"]),
            ("parquet", {"pattern": "a_{yyyymmdd}.parquet"}, ["1", "2"]),
        ):
            dataset = dataset_of(Source(kind, "far", options), (make_field("code"),))
            assert option_mistakes(dataset) == ()
            connector = connector_for(dataset, far.connection)
            assert typed(dataset, connector).column("code").to_pylist() == expected
            assert connector.check() == ()


def test_options_of_places_are_checked() -> None:
    options = {"pattern": "a.csv.tmp", "encoding": "utf-8", "ready": {"marker": "a/b", "still": -1}, "index": {}}
    mistakes = option_mistakes(dataset_of(Source("csv_folder", "far", options), (make_field("code"),)))
    assert [mistake.split(":")[0] for mistake in mistakes] == [
        "options.ready.marker",
        "options.ready.still",
        "options.index.file",
    ]
    sound = {"pattern": "a.csv.tmp", "encoding": "utf-8"}
    (mistake,) = option_mistakes(dataset_of(Source("csv_folder", "far", sound), (make_field("code"),)))
    assert "which is how files are called that are being written" in mistake
