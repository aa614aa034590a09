"""kill -9 in the middle of a file: nothing stands under its name, the receipt is there, and the next call delivers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("asyncssh", reason="NOT TESTED WITH SFTP: install yishu[sftp]")

from catalog.database import writing
from catalog.delivery import deliveries, subscriptions
from connectors.outbox.webhook import Sender
from dags.delivery.due import deliver_due
from dags.delivery.post import Post
from schemas.access import Mode
from schemas.subscription import DeliveryState, FileDrop, FileFormat, Subscription
from schemas.targets import ANYWHERE
from tests.api.conftest import City, built, city
from tests.builders import DAY, NOW, TENGZHOU, TENGZHOU_CIVIL, low_income_row, make_grant, make_verdict
from tests.connectors.sftp_server import SftpServer, sftp_server

__all__ = ["built", "city"]
pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
KEY = "civil_affairs.low_income"
CHILD = """
import json, sys
from pathlib import Path
from connectors.outbox.webhook import Sender
from dags.delivery.due import deliver_due
from dags.delivery.post import Post
from schemas.connection import Connection
from schemas.targets import ANYWHERE
from tests.api.conftest import _shelf
from tests.builders import NOW
home, connection = Path(sys.argv[1]), Connection(**json.loads(sys.stdin.read()))
deliver_due(Post(_shelf(home, first=5_000_000), lambda _: connection, Sender(ANYWHERE), lambda: NOW))
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path / "theirs") as running:
        yield running


def test_a_delivery_that_is_killed_is_taken_up_and_nothing_half_was_ever_shown(
    city: City, server: SftpServer, tmp_path: Path
) -> None:
    one, connection = prepared(city), server.connection(TENGZHOU_CIVIL)
    server.released.clear()
    ours = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, str(tmp_path / "home")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=ours, cwd=ROOT) as child:
        assert child.stdin is not None
        child.stdin.write(json.dumps(asdict(connection)).encode())
        child.stdin.close()
        assert server.begun.wait(120)
        child.send_signal(signal.SIGKILL)
    server.released.set()
    assert not [name for name in server.files() if not name.endswith(".part")]
    with city.shelf.engine.connect() as opened:
        (found,) = deliveries.last(opened, one.id)
    assert (found.state, found.tries) == (DeliveryState.WAITING, 1)
    assert city.shelf.receipts.of(found.receipt).body["delivery"] == [one.id, 2]  # type: ignore[union-attr]
    post = Post(city.shelf, {"their_sftp": connection}.get, Sender(ANYWHERE), city.clock)
    assert deliver_due(post) == []
    city.clock.now = NOW + deliveries.HOLD + timedelta(seconds=10)
    (done,) = deliver_due(post)
    assert (done["state"], done["tries"], done["rows"]) == ("delivered", 2, 10_000)
    assert city.shelf.receipts.verify() == ()


def prepared(city: City) -> Subscription:
    """A version of which the file takes several messages, and Tengzhou's subscription to it."""
    dataset = city.shelf.dataset(KEY)
    rows = [low_income_row(n, TENGZHOU, person_id=f"370481{n:012d}") for n in range(10_000)]
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows, DAY + timedelta(days=1)), NOW)
    grant = city.shelf.grant(make_grant(modes=(Mode.FILE,)), NOW).number
    drop = FileDrop("their_sftp", format=FileFormat.CSV)
    wanted = Subscription(0, "tengzhou", TENGZHOU_CIVIL, KEY, "social_assistance", grant, (), "", NOW, file=drop)
    with writing(city.shelf.engine) as connection:
        return subscriptions.make(connection, wanted)
