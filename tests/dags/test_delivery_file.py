"""Files on schedule, to a real SFTP server: decided anew, on record first, once, whole, none after a revocation."""

import hashlib
import io
import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from sqlalchemy import func, select

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from catalog.allowance import Meter
from catalog.database import writing
from catalog.delivery import deliveries, subscriptions
from catalog.ledger.tables import leaf
from catalog.mending import notices
from connectors.outbox.webhook import Sender
from dags.delivery.due import deliver_due
from dags.delivery.post import Post
from schemas.access import GrantState, Mode
from schemas.connection import Connection
from schemas.notice import About
from schemas.subscription import Cipher, DeliveryState, FileDrop, FileFormat, Subscription
from schemas.targets import ANYWHERE
from tests.api.conftest import City, built, city, low_income
from tests.builders import CIVIL_AFFAIRS, DAY, NOW, TENGZHOU_CIVIL, make_grant, make_verdict
from tests.connectors.sftp_server import SftpServer, sftp_server
from tests.opening import opened

__all__ = ["built", "city"]
KEY = "civil_affairs.low_income"
SM4 = "MDEyMzQ1Njc4OWFiY2RlZg=="
FILE = f"in/{KEY}/v1/{KEY}.v1.s1"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with sftp_server(tmp_path_factory.mktemp("theirs")) as server:
        yield server


@pytest.fixture
def server(running: SftpServer, tmp_path: Path) -> SftpServer:
    running.folder, running.most = tmp_path / "theirs", None
    running.folder.mkdir()
    return running


def subscribed(city: City, **told: object) -> Subscription:
    """Tengzhou's, under a grant that allows files."""
    limits = {name: told.pop(name, None) for name in ("quota", "rows_per_day")}
    grant = city.shelf.grant(make_grant(modes=(Mode.FILE,), **limits), NOW).number
    drop = FileDrop("their_sftp", **told)  # type: ignore[arg-type]
    wanted = Subscription(0, "tengzhou", TENGZHOU_CIVIL, KEY, "social_assistance", grant, (), "", NOW, file=drop)
    with writing(city.shelf.engine) as connection:
        return subscriptions.make(connection, wanted)


def post(city: City, server: SftpServer, **others: Connection) -> Post:
    named = {"their_sftp": server.connection(TENGZHOU_CIVIL)} | others
    return Post(city.shelf, named.get, Sender(ANYWHERE), city.clock)


def truth(city: City) -> pa.Table:
    """What the same organisation gets over HTTP."""
    told = {"grant": city.grants["tengzhou"], "purpose": "social_assistance", "format": "parquet"}
    return pq.read_table(io.BytesIO(city.get(f"/datasets/{KEY}/rows", "tengzhou", params=told).content))


def told_to(city: City, organisation: str) -> list[About]:
    with city.shelf.engine.connect() as connection:
        return [one.about for one in notices.inbox(connection, organisation)]


def publish_again(city: City) -> None:
    dataset = city.shelf.dataset(KEY)
    rows = low_income()[:30]
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=1)), city.clock())


def test_the_file_is_what_the_recipient_would_get_with_a_marker_beside_it(city: City, server: SftpServer) -> None:
    subscribed(city)
    (done,) = deliver_due(post(city, server))
    assert (done["state"], done["rows"], done["tries"]) == ("delivered", 24, 1)
    files = server.files()
    assert set(files) == {f"{FILE}.parquet", f"{FILE}.parquet.ok"}
    content, marker = files[f"{FILE}.parquet"], json.loads(files[f"{FILE}.parquet.ok"])
    assert pq.read_table(io.BytesIO(content)).equals(truth(city))
    assert marker["sha256"] == hashlib.sha256(content).hexdigest()
    assert (marker["rows"], marker["bytes"], marker["version"]) == (24, len(content), 1)
    city.shelf.ledger.settle()
    ended, asked = next(
        pair for pair in zip(*[city.shelf.receipts.newest()[n:] for n in (0, 1)], strict=False)
        if pair[1].number == marker["receipt"]
    )  # fmt: skip
    assert (asked.body["mode"], asked.body["allowed"], asked.body["delivery"]) == ("file", True, [1, 1])
    assert (ended.body["event"], ended.body["outcome"], ended.body["rows"]) == ("served", "complete", 24)
    assert ended.body["sha256"] == marker["sha256"]


def leaves(city: City) -> int:
    """How many receipts are on disk now."""
    with city.shelf.ledger.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(leaf)) or 0


def test_how_it_ended_is_on_disk_before_the_process_may_end(city: City, server: SftpServer) -> None:
    subscribed(city)
    deliver_due(post(city, server))
    found = leaves(city)
    city.shelf.ledger.settle()
    assert found == leaves(city) >= 2


def test_the_same_version_is_delivered_once_and_a_new_one_anew(city: City, server: SftpServer) -> None:
    subscribed(city)
    assert len(deliver_due(post(city, server))) == 1
    receipts = len(city.shelf.receipts.newest())
    assert deliver_due(post(city, server)) == []
    assert len(city.shelf.receipts.newest()) == receipts
    publish_again(city)
    (done,) = deliver_due(post(city, server))
    assert (done["version"], done["state"]) == (2, "delivered")


@pytest.mark.parametrize("format", FileFormat)
def test_each_format_holds_the_same_rows(city: City, server: SftpServer, format: FileFormat) -> None:
    subscribed(city, format=format)
    deliver_due(post(city, server))
    content = server.files()[f"{FILE}.{format.ending}"]
    read = {
        FileFormat.PARQUET: lambda: pq.read_table(io.BytesIO(content)),
        FileFormat.ARROW: lambda: pa.ipc.open_stream(content).read_all(),
        FileFormat.CSV: lambda: pacsv.read_csv(io.BytesIO(content)),
    }[format]()
    assert read.num_rows == 24
    assert read.column_names == truth(city).column_names


def test_an_encrypted_file_opens_with_the_key_alone(city: City, server: SftpServer) -> None:
    subscribed(city, cipher=Cipher.SM4_GCM, key="their_key", folder="national/cipher")
    key = Connection("their_key", "generic", password=SM4, extra={"recipient": TENGZHOU_CIVIL})
    (done,) = deliver_due(post(city, server, their_key=key))
    content = server.files()[f"in/{done['path']}"]
    assert done["path"].startswith("national/cipher/")
    assert done["path"].endswith(".parquet.yse")
    assert b"PAR1" not in content
    plain = opened(content, b"0123456789abcdef")
    assert pq.read_table(io.BytesIO(plain)).equals(truth(city))


def test_delivered_rows_count_against_the_grants_day_for_every_process(city: City, server: SftpServer) -> None:
    subscribed(city, rows_per_day=20)
    another = replace(city.shelf, meter=Meter())
    (done,) = deliver_due(replace(post(city, server), shelf=another))
    assert (done["state"], done["rows"]) == ("delivered", 24)
    publish_again(city)
    (spent,) = deliver_due(post(city, server))
    assert (spent["state"], "20 rows a day" in spent["said"]) == ("waiting", True)
    city.clock.now += timedelta(days=1)
    assert [one["state"] for one in deliver_due(post(city, server))] == ["delivered"]


def test_a_key_or_a_place_of_another_recipient_is_not_used(city: City, server: SftpServer) -> None:
    subscribed(city, cipher=Cipher.SM4_GCM, key="their_key")
    key = Connection("their_key", "generic", password=SM4, extra={"recipient": CIVIL_AFFAIRS})
    (done,) = deliver_due(post(city, server, their_key=key))
    assert (done["state"], "is not set up for" in done["said"]) == ("waiting", True)
    city.clock.now += timedelta(hours=1)
    (done,) = deliver_due(post(city, server, their_sftp=server.connection(CIVIL_AFFAIRS)))
    assert (done["state"], "is not set up for" in done["said"]) == ("waiting", True)
    assert server.files() == {}


def test_a_revoked_grant_stops_it_and_the_recipient_is_told_once(city: City, server: SftpServer) -> None:
    one = subscribed(city)
    city.shelf.set_grant_state(one.grant, GrantState.REVOKED)
    (done,) = deliver_due(post(city, server))
    assert (done["state"], done["said"]) == ("refused", "GRANT_NOT_IN_FORCE")
    assert city.shelf.receipts.of(done["receipt"]).body["allowed"] is False  # type: ignore[union-attr]
    publish_again(city)
    assert [one["state"] for one in deliver_due(post(city, server))] == ["refused"]
    assert told_to(city, TENGZHOU_CIVIL) == [About.DELIVERY_REFUSED]
    assert server.files() == {}


def test_a_system_without_a_valid_credential_gets_nothing(city: City, server: SftpServer) -> None:
    subscribed(city)
    for one in city.shelf.parties.credentials("tengzhou"):
        city.shelf.parties.revoke(one.id, NOW)
    (done,) = deliver_due(post(city, server))
    assert (done["state"], done["said"]) == ("refused", "SUBJECT_CREDENTIAL_INACTIVE")
    assert server.files() == {}


def test_an_ended_subscription_is_due_for_nothing(city: City, server: SftpServer) -> None:
    one = subscribed(city)
    with writing(city.shelf.engine) as connection:
        subscriptions.end(connection, one.id, "by tengzhou", NOW)
    assert deliver_due(post(city, server)) == []


def test_a_server_that_is_away_is_tried_again_ever_later_and_both_sides_are_told(
    city: City, server: SftpServer
) -> None:
    one = subscribed(city, quota=1)
    server.most = 100
    pauses = []
    for number in range(1, deliveries.TELL_AFTER + 1):
        (done,) = deliver_due(post(city, server))
        assert (done["state"], done["tries"]) == ("waiting", number)
        assert deliver_due(post(city, server)) == []
        with city.shelf.engine.connect() as connection:
            found = deliveries.of(connection, one.id, 1)
        assert found is not None
        pauses.append(found.next_at - city.clock())
        city.clock.now = found.next_at
    assert pauses == [timedelta(minutes=5 * 2**n) for n in range(3)]
    assert told_to(city, TENGZHOU_CIVIL) == [About.DELIVERY_FAILING]
    assert told_to(city, CIVIL_AFFAIRS) == [About.DELIVERY_FAILING]
    with city.shelf.engine.connect() as connection:
        (owners,) = notices.inbox(connection, CIVIL_AFFAIRS)
    assert "127.0.0.1" not in json.dumps(owners.body)
    server.most = None
    (done,) = deliver_due(post(city, server))
    assert done["state"] == "delivered"  # and all its tries have taken one read off the quota of one
    assert f"{FILE}.parquet.ok" in server.files()


def test_after_the_last_try_it_is_given_up_until_a_new_version_comes(city: City, server: SftpServer) -> None:
    one = subscribed(city)
    server.most = 100
    for _ in range(deliveries.LAST_TRY):
        (done,) = deliver_due(post(city, server))
        city.clock.now += timedelta(days=1)
    assert done["state"] == "failed"
    assert deliver_due(post(city, server)) == []
    server.most = None
    publish_again(city)
    assert [each["state"] for each in deliver_due(post(city, server))] == ["delivered"]
    with city.shelf.engine.connect() as connection:
        states = [each.state for each in deliveries.last(connection, one.id)]
    assert states == [DeliveryState.DELIVERED, DeliveryState.FAILED]


def test_a_try_that_was_killed_is_taken_up_and_what_had_arrived_is_not_sent_again(
    city: City, server: SftpServer
) -> None:
    one = subscribed(city)
    (done,) = deliver_due(post(city, server))
    before = server.files()
    with writing(city.shelf.engine) as connection:  # as if it had been killed before it wrote that down
        connection.exec_driver_sql("UPDATE delivery SET state = 'waiting', rows = 0, sha256 = ''")
        connection.execute(deliveries.table.update().values(held_until=city.clock() + deliveries.HOLD))
    assert deliver_due(post(city, server)) == []  # somebody may still be at it
    city.clock.now += deliveries.HOLD
    receipts = len(city.shelf.receipts.newest())
    (again,) = deliver_due(post(city, server))
    assert (again["state"], again["receipt"], again["sha256"]) == ("delivered", done["receipt"], done["sha256"])
    assert server.files() == before
    assert len(city.shelf.receipts.newest()) == receipts
    with city.shelf.engine.connect() as connection:
        found = deliveries.of(connection, one.id, 1)
    assert (found.rows, found.tries) == (24, 2)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "said",
    [
        '{"receipt": RECEIPT, "rows": 1' + "0" * 40 + ', "bytes": 1, "sha256": "' + "0" * 64 + '"}',
        '{"receipt": RECEIPT, "rows": -1, "bytes": 1, "sha256": "' + "0" * 64 + '"}',
        '{"receipt": RECEIPT, "rows": 1, "bytes": 1, "sha256": "' + "x" * 5000 + '"}',
        '{"receipt": RECEIPT, "rows": ' + "[" * 60_000,
    ],
)
def test_a_marker_that_the_recipient_wrote_stops_no_delivery(city: City, server: SftpServer, said: str) -> None:
    subscribed(city)
    (done,) = deliver_due(post(city, server))
    with writing(city.shelf.engine) as connection:  # as if it had been killed before it wrote that down
        connection.exec_driver_sql("UPDATE delivery SET state = 'waiting', rows = 0, sha256 = ''")
    (server.folder / f"{FILE}.parquet.ok").write_text(said.replace("RECEIPT", json.dumps(done["receipt"])))
    city.clock.now += deliveries.HOLD
    (again,) = deliver_due(post(city, server))
    assert (again["state"], again["rows"], again["sha256"]) == ("delivered", 24, done["sha256"])


def test_who_subscribes_does_not_learn_which_connections_there_are(city: City, server: SftpServer) -> None:
    subscribed(city)
    (found,) = deliver_due(post(city, server, their_sftp=server.connection(CIVIL_AFFAIRS)))
    city.clock.now += timedelta(hours=1)
    (none,) = deliver_due(Post(city.shelf, {}.get, Sender(ANYWHERE), city.clock))
    assert found["said"] == none["said"]


def test_a_newer_version_overtakes_one_that_could_not_be_delivered(city: City, server: SftpServer) -> None:
    one = subscribed(city)
    server.most = 100
    deliver_due(post(city, server))
    publish_again(city)
    server.most = None
    assert [each["version"] for each in deliver_due(post(city, server))] == [2]
    with city.shelf.engine.connect() as connection:
        assert deliveries.of(connection, one.id, 1).state is DeliveryState.OVERTAKEN  # type: ignore[union-attr]


def test_a_grant_revoked_while_the_file_is_sent_cuts_it_off(city: City, server: SftpServer) -> None:
    one = subscribed(city, format=FileFormat.CSV)
    asked = iter(range(1000))

    def now() -> datetime:
        if next(asked) == 3:  # found due, begun, decided; this is the first look while the rows leave
            city.shelf.set_grant_state(one.grant, GrantState.REVOKED)
        return city.clock()

    hours = itertools.count(0, 3600)
    (done,) = deliver_due(replace(post(city, server), now=now, clock=lambda: float(next(hours))))
    assert (done["state"], done["said"]) == ("refused", "GRANT_NOT_IN_FORCE")
    assert {name.rpartition(".")[2] for name in server.files()} == {"part"}
    city.shelf.ledger.settle()
    ended = next(r for r in city.shelf.receipts.newest() if r.body["event"] == "served")
    assert (ended.body["of"], ended.body["outcome"]) == (done["receipt"], "aborted")
