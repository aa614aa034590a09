"""Real servers under TLS: whom we do not trust gets nothing, and whoever reads why knows what to do."""

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

pytest.importorskip("paho.mqtt.client", reason="NOT TESTED WITH MQTT: install yishu[mqtt]")
pytest.importorskip("confluent_kafka", reason="NOT TESTED WITH KAFKA: install yishu[kafka]")

from pyarrow import fs

from connectors.exploring import Weight
from connectors.outbox.place import open_place
from connectors.places.known import place_of
from connectors.registry import connector_for
from connectors.sql.about import offers, signs
from connectors.sql.engines import ENGINES
from connectors.sql.secured import secured
from connectors.sql.table import SqlTableOptions
from connectors.streams.cluster import cluster, settings
from connectors.streams.link import Address, link
from connectors.trust import tls
from schemas.connection import Connection
from schemas.dataset import Source
from schemas.errors import NotReady, SourceFault, SourceUnreachable
from tests import mariadb, postgres, s3
from tests.clients.environment import NotMade
from tests.connectors.certificate import certificate
from tests.connectors.conformance import NOW, SECRET, dataset_of, typed
from tests.connectors.far_place import PASSWORD
from tests.connectors.mock_kafka import TOPIC, mock_kafka
from tests.connectors.mosquitto import mosquitto
from tests.connectors.paged_source import ok, serving
from tests.connectors.test_rest_ways import FIELDS, PATH
from tests.connectors.tls_front import tls_front

KINDS = ("mqtt", "kafka", "postgres", "mariadb", "s3", "s3 that is delivered to", "rest")
TABLE = SqlTableOptions(table="person")


@dataclass(frozen=True, slots=True)
class Server:
    """A running one, whose certificate is for `localhost`."""

    connection: Connection
    """Trusts it."""
    ask: Callable[[Connection], object]
    """Something of it, by a connection; must not be empty."""
    ca: str
    """The extra that names the authority."""

    def told(self, host: str = "localhost", **extra: Any) -> Connection:
        """The connection with other extras, and perhaps by another name of the host."""
        told = {**self.connection.extra, **{name.replace("__", "."): value for name, value in extra.items()}}
        if "endpoint_url" in told:
            told["endpoint_url"] = told["endpoint_url"].replace("localhost", host)
        return replace(self.connection, host=host, extra={n: v for n, v in told.items() if v != ""})


@pytest.fixture(scope="module")
def pems(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Key and certificate of the server, of somebody else, of ourselves."""
    folder = tmp_path_factory.mktemp("pems")
    return {name: certificate(folder / f"{name}.pem") for name in ("server", "other", "ours")}


@pytest.fixture(scope="module", params=KINDS)
def server(
    request: pytest.FixtureRequest, pems: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """One of each kind."""
    with ExitStack() as held:
        opened = dict(zip(KINDS, (_mqtt, _kafka, _postgres, _mariadb, _s3, _s3_out, _rest), strict=True))
        yield held.enter_context(opened[request.param](pems["server"], tmp_path_factory.mktemp("server")))


def missing(what: str) -> None:
    """Loudly, and an error under CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(f"NOT TESTED UNDER TLS: {what}")


@contextmanager
def _mqtt(pem: Path, folder: Path, more: str = "") -> Iterator[Server]:
    with mosquitto(folder, f"user root\ncertfile {pem}\nkeyfile {pem}\n{more}") as broker:
        extra = {"ca": str(pem), "spool": str(folder)}
        yield Server(Connection("x", "mqtts", "localhost", broker.port, extra=extra), _mqtt_session, "ca")


def _mqtt_session(connection: Connection) -> object:
    with link(Address(connection, "looker", timeout=5), clean=True) as opened:
        return opened.present is not None


@contextmanager
def _kafka(pem: Path, _folder: Path, clients: Path | None = None) -> Iterator[Server]:
    with mock_kafka() as behind, tls_front(behind.port, pem, clients) as front:
        behind.create()
        behind.send([b"{}", b"{}"])
        extra = {"ssl.ca.location": str(pem)}
        yield Server(Connection("x", "kafka", "localhost", front.port, extra=extra), _messages, "ssl.ca.location")


def _messages(connection: Connection) -> object:
    with cluster(connection, "looker", 3) as opened:
        return opened.topic(TOPIC).partitions, len(list(opened.messages(TOPIC, 0, 0, 2)))


@contextmanager
def _postgres(pem: Path, _folder: Path) -> Iterator[Server]:
    binaries = postgres.find_binaries()
    if binaries is None:
        missing("PostgreSQL's binaries were not found")
    with postgres.running(binaries, tls=pem) as made:
        with psycopg.connect(made.url("postgres")) as database:
            database.execute("create table person (id text)")
        told = Connection("x", "postgres", "localhost", made.port, "yishu", made.password, "postgres")
        yield Server(replace(told, extra={"sslrootcert": str(pem)}), _under_tls, "sslrootcert")


@contextmanager
def _mariadb(pem: Path, _folder: Path) -> Iterator[Server]:
    found = mariadb.find_server()
    if found is None:
        missing("MariaDB was not found")
    with mariadb.running(found, tls=pem) as made:
        made.execute("create database city", "create table city.person (id text)")
        told = Connection("x", "mysql", "localhost", made.port, "yishu", made.password, "city")
        yield Server(replace(told, extra={"ssl_ca": str(pem)}), _under_tls, "ssl_ca")


def _under_tls(connection: Connection) -> object:
    """What the server calls the TLS of our session."""
    session: Any = ENGINES[connection.kind].connect(connection, TABLE)
    try:
        if connection.kind == "mysql":
            return session._ask("show status like 'Ssl_version'")[0][1]
        return session.database.execute("select version from pg_stat_ssl where pid = pg_backend_pid()").fetchone()[0]
    finally:
        session.close()


@contextmanager
def _s3(pem: Path, folder: Path) -> Iterator[Server]:
    try:
        with s3.running(folder / "log", tls=pem) as made:
            where = f"localhost:{made.port}"
            store = fs.S3FileSystem(
                access_key="tests",
                secret_key=PASSWORD,
                region="us-east-1",
                endpoint_override=where,
                allow_bucket_creation=True,
                tls_ca_file_path=str(pem),
            )
            store.create_dir("civil/drop")
            with store.open_output_stream("civil/drop/a.csv") as out:
                out.write(b"id\n1\n")
            extra = {"bucket": "civil", "folder": "drop", "endpoint_url": f"https://{where}", "ca": pem.read_text()}
            yield Server(Connection("x", "aws", login="tests", password=PASSWORD, extra=extra), _files, "ca")
    except NotMade as wrong:
        s3.not_made(wrong)


@contextmanager
def _s3_out(pem: Path, folder: Path) -> Iterator[Server]:
    with _s3(pem, folder) as server:
        yield replace(server, ask=_delivered)


def _delivered(connection: Connection) -> object:
    with open_place(connection) as place:
        place.put("b.csv", iter([b"id\n"]))
        return place.read("b.csv", 10)


def _files(connection: Connection) -> object:
    with place_of(connection, "").visit() as visit:
        return visit.entries(lambda _: True)


@contextmanager
def _rest(pem: Path, _folder: Path, clients: Path | None = None) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    with serving(context) as service:
        service.answer = lambda _: ok({"items": [{"id": "1", "n": "1"}]})
        told = Connection("x", "https", "localhost", service.port, extra={"ca": str(pem)})
        yield Server(told, _records, "ca")


def _records(connection: Connection) -> object:
    options = {"path": PATH, "page": {"kind": "once"}, "records": "items", "retries": 0}
    dataset = dataset_of(Source("rest", "x", options), FIELDS)
    return typed(dataset, connector_for(dataset, connection)).num_rows


def test_who_shows_a_certificate_of_the_authority_is_read(server: Server) -> None:
    assert server.ask(server.connection)


def test_who_shows_a_certificate_of_another_authority_gets_nothing(server: Server, pems: dict[str, Path]) -> None:
    with pytest.raises(
        NotReady, match=r"its certificate is not one to trust: .*authority's PEM into .*the extra `"
    ) as no:
        server.ask(replace(server.connection, extra={**server.connection.extra, server.ca: str(pems["other"])}))
    assert server.ca in str(no.value)
    assert not (server.connection.password and server.connection.password in str(no.value))


def test_who_shows_a_certificate_of_another_host_gets_nothing(server: Server) -> None:
    with pytest.raises(NotReady, match=r"its certificate is not one to trust: .*for another host"):
        server.ask(server.told("127.0.0.1"))


def test_a_file_of_an_authority_that_is_not_there_is_the_operator_s_to_mend(server: Server, tmp_path: Path) -> None:
    with pytest.raises(NotReady):
        server.ask(replace(server.connection, extra={**server.connection.extra, server.ca: str(tmp_path / "gone.pem")}))


def test_without_an_authority_the_machine_s_own_are_asked(server: Server) -> None:
    connection = replace(server.connection, extra={**server.connection.extra, server.ca: ""})
    if connection.kind == "kafka":
        connection = replace(connection, extra={"security.protocol": "SSL"})
    if connection.kind in ("postgres", "mysql"):
        assert server.ask(connection).startswith("TLS")  # type: ignore[attr-defined] # the version
        return
    with pytest.raises(NotReady, match="its certificate is not one to trust"):
        server.ask(connection)


@pytest.mark.parametrize("kind", [_kafka, _rest])
def test_a_server_that_asks_for_our_certificate_is_shown_it(kind: Any, pems: dict[str, Path], tmp_path: Path) -> None:
    names = ("ssl__certificate__location", "ssl__key__location") if kind is _kafka else ("certificate", "key")
    with kind(pems["server"], tmp_path, pems["ours"]) as server:
        assert server.ask(server.told(**dict.fromkeys(names, str(pems["ours"]))))
        for wrong in ("", str(pems["other"])):
            with pytest.raises(NotReady, match="it wants a certificate of ours"):
                server.ask(server.told(**dict.fromkeys(names, wrong)))


def test_a_broker_that_asks_for_our_certificate_is_shown_it(pems: dict[str, Path], tmp_path: Path) -> None:
    """TLS 1.3 refuses a client after the handshake, which paho tells as a connection that ended."""
    ours = {"certificate": str(pems["ours"]), "key": str(pems["ours"])}
    with _mqtt(pems["server"], tmp_path, f"cafile {pems['ours']}\nrequire_certificate true\n") as server:
        assert server.ask(server.told(**ours))
        for wrong in ({}, dict.fromkeys(ours, str(pems["other"]))):
            with pytest.raises(SourceUnreachable, match=r"does it want .another. certificate of ours"):
                server.ask(server.told(**wrong))
        plain = replace(server.connection, kind="mqtt", extra={"spool": str(tmp_path)})
        with pytest.raises(SourceUnreachable, match="where it speaks TLS alone, let the connection be of kind mqtts"):
            server.ask(plain)


def test_a_broker_without_tls_gets_nothing_from_a_connection_that_wants_it(
    tmp_path: Path, pems: dict[str, Path]
) -> None:
    with mosquitto(tmp_path) as broker:
        wanting = Connection("x", "mqtts", "localhost", broker.port, "yishu", SECRET, extra={"ca": str(pems["server"])})
        with pytest.raises(SourceUnreachable, match="does it speak TLS at this port"):
            _mqtt_session(wanting)
        with pytest.raises(NotReady, match=r"extra 'ca' is of TLS, .* in the clear; expected conn_type mqtts"):
            _mqtt_session(replace(wanting, kind="mqtt"))


@pytest.mark.parametrize(
    ("connection", "expected", "ask"),
    [
        (Connection("x", "http", "h", login="yishu", password=SECRET), "conn_type or schema https", _records),
        (Connection("x", "http", "h", login="yishu", password=SECRET), "conn_type or schema https", _files),
        (Connection("x", "https", "HTTP://h", login="yishu"), "conn_type or schema https", _files),
        (Connection("x", "ftp", "h", login="yishu", password=SECRET), "conn_type ftps", _files),
        (
            Connection(
                "x", "aws", "", login="yishu", password=SECRET, extra={"bucket": "b", "endpoint_url": "http://h"}
            ),
            "an endpoint_url that begins with https://",
            _files,
        ),
        (
            Connection(
                "x", "aws", "", login="yishu", password=SECRET, extra={"bucket": "b", "endpoint_url": "http://h"}
            ),
            "an endpoint_url that begins with https://",
            _delivered,
        ),
    ],
)
def test_who_names_an_authority_never_speaks_in_the_clear(
    connection: Connection, expected: str, ask: Callable[[Connection], object]
) -> None:
    asked = replace(connection, extra={**connection.extra, "ca": "-----BEGIN"})
    with pytest.raises(
        NotReady, match=f"extra 'ca' is of TLS, and this connection is in the clear; expected {expected}"
    ):
        ask(asked)


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_database_without_tls_gets_no_password_from_a_connection_that_names_an_authority(
    kind: str, request: pytest.FixtureRequest, pems: dict[str, Path]
) -> None:
    made = request.getfixturevalue("postgres" if kind == "postgres" else "mariadb")
    ca = {"sslrootcert" if kind == "postgres" else "ssl_ca": str(pems["server"])}
    plain = Connection("x", kind, "localhost", made.port, "yishu", made.password, "postgres", extra=ca)
    with pytest.raises((NotReady, SourceFault), match="it speaks no TLS there"):
        ENGINES[kind].connect(plain, TABLE)


def test_source_check_and_offers_tell_of_the_certificate(pems: dict[str, Path], tmp_path: Path) -> None:
    with _postgres(pems["server"], tmp_path) as server:
        assert [offer.name for offer in offers(server.connection, "")] == ["person"]
        shut = server.told(sslrootcert=str(pems["other"]))
        with pytest.raises(NotReady, match="its certificate is not one to trust"):
            offers(shut, "")
        *_, last = signs(shut, TABLE, lambda: NOW)
        assert (last.about, last.weight) == ("login", Weight.PROBLEM)
        assert "put the authority's PEM into the file that the extra `sslrootcert`" in last.said


@pytest.mark.parametrize("nothing", ["", None])
def test_a_flag_that_says_nothing_leaves_the_checks_of_an_authority_on(nothing: Any, pems: dict[str, Path]) -> None:
    extra = {"ssl_ca": str(pems["server"]), "ssl_verify_cert": nothing, "ssl_verify_identity": nothing}
    told = secured(Connection("x", "mysql", "h", extra=extra)).extra
    assert told == {"ssl_ca": str(pems["server"]), "ssl_verify_cert": True, "ssl_verify_identity": True}


def test_what_the_extras_say_themselves_stands() -> None:
    asked = Connection("x", "postgres", "h", extra={"sslrootcert": "system", "sslmode": "verify-ca"})
    assert secured(asked).extra["sslmode"] == "verify-ca"
    assert secured(replace(asked, extra={"sslrootcert": "system"})).extra["sslmode"] == "verify-full"
    assert secured(replace(asked, extra={})).extra == {}
    with pytest.raises(NotReady, match=r"extra ssl_ca: found no file /nowhere\.pem"):
        secured(Connection("x", "mysql", "h", extra={"ssl_ca": "/nowhere.pem"}))


@pytest.mark.parametrize(
    ("kind", "authority", "name", "said"),
    [
        ("mysql", "ssl_ca", "ssl_disabled", True),
        ("mariadb", "ssl_ca", "ssl_disabled", "true"),
        ("postgres", "sslrootcert", "sslmode", "disable"),
        ("postgres", "sslrootcert", "sslmode", "prefer"),
        ("mysql", "ssl_cert", "ssl_disabled", True),
        ("postgres", "sslcert", "sslmode", "disable"),
    ],
)
def test_a_database_of_a_named_authority_is_not_asked_in_the_clear(
    kind: str, authority: str, name: str, said: Any, pems: dict[str, Path]
) -> None:
    asked = Connection("x", kind, "h", extra={authority: str(pems["server"]), name: said})
    with pytest.raises(NotReady, match=f"extra '{authority}' is of TLS, and {name} .* expected it without {name}"):
        secured(asked)
    assert secured(replace(asked, extra={**asked.extra, name: ""})) is not None
    assert secured(replace(asked, extra={name: said})).extra == {name: said}


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "sasl_plaintext"])
def test_kafka_with_an_authority_is_refused_a_protocol_in_the_clear(protocol: str) -> None:
    extra = {"ssl.ca.location": "/etc/ca.pem", "security.protocol": protocol}
    for login in ("", "yishu"):
        with pytest.raises(NotReady, match=f"expected security.protocol SSL or SASL_SSL, found {protocol}"):
            settings(Connection("x", "kafka", "h", login=login, extra=extra))
    assert settings(Connection("x", "kafka", "h", extra=extra | {"ssl.ca.location": ""}))


def test_kafka_with_an_authority_never_speaks_without_tls() -> None:
    bare = Connection("x", "kafka", "h", extra={"ssl.ca.location": "/etc/ca.pem"})
    assert settings(bare)["security.protocol"] == "SSL"
    assert settings(replace(bare, login="yishu", password=SECRET))["security.protocol"] == "SASL_SSL"


def test_an_authority_is_named_by_its_file_or_stands_in_the_connection(pems: dict[str, Path]) -> None:
    for ca in (str(pems["server"]), pems["server"].read_text()):
        known = tls(Connection("x", "https", "h", extra={"ca": ca})).get_ca_certs()
        assert [one["subject"] for one in known] == [((("commonName", "localhost"),),)], "no other counts beside it"
    with pytest.raises(NotReady, match=r"ca, certificate or key cannot be used: .*expected PEM"):
        tls(Connection("x", "https", "h", extra={"ca": "-----BEGIN nothing"}))
