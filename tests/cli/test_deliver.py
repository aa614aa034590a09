"""`yishu deliver`: what is due is sent without a scheduler, and the status says whether all of it arrived."""

import json
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from catalog.database import writing
from catalog.delivery import subscriptions
from catalog.organisations import Organisation, System
from catalog.shelf import open_shelf
from cli.door import Door
from cli.main import yishu
from schemas.access import Tier
from schemas.subscription import FileDrop, Subscription, Webhook
from tests.api.conftest import open_dataset
from tests.builders import NOW, TENGZHOU, TENGZHOU_CIVIL, ZAOZHUANG, make_verdict


def call(door: Door, *arguments: str) -> Result:
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


def subscribed(door: Door, file: FileDrop | None, webhook: Webhook | None) -> None:
    shelf = open_shelf(door.settings)
    dataset = open_dataset()
    rows = [{"number": "1", "amount": 1, "decided": NOW, "place": ZAOZHUANG}]
    shelf.publish(dataset, make_verdict(door.settings.lake, dataset, rows), NOW - timedelta(hours=1))
    shelf.parties.add_organisation(Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY))
    shelf.parties.add_system(System("tengzhou", TENGZHOU_CIVIL, "办公"))
    shelf.parties.issue_credential("tengzhou", NOW - timedelta(hours=1))
    wanted = Subscription(
        0, "tengzhou", TENGZHOU_CIVIL, dataset.key, "open_use", "", (), "", NOW, file=file, webhook=webhook
    )  # fmt: skip
    with writing(shelf.engine) as connection:
        subscriptions.make(connection, wanted)


def test_nothing_due_is_done_and_what_did_not_arrive_is_1_and_says_why(tmp_path: Path) -> None:
    home = {"YISHU_HOME": "home", "YISHU_WEBHOOK_TARGETS": "127.0.0.0/8"}
    door = Door(home, tmp_path, lambda: NOW)
    assert call(door, "db", "upgrade").exception is None
    assert (call(door, "deliver").return_value, call(door, "deliver", "--json").stdout) == (0, "[]\n")
    subscribed(door, None, Webhook("http://127.0.0.1:1/"))
    subscribed(door, FileDrop("their_sftp"), None)
    away = call(door, "deliver", "--json")
    assert away.return_value == 1
    hook, file = json.loads(away.stdout)
    assert (hook["state"], "webhook 127.0.0.1:1" in hook["said"]) == ("waiting", True)
    assert (file["state"], "is not set up for" in file["said"]) == ("waiting", True)
    assert call(door, "deliver").return_value == 0  # not before five minutes
    later = Door(home, tmp_path, lambda: NOW + timedelta(minutes=5))
    assert "v1  waiting" in call(later, "deliver", "--dataset", "credit.penalty").stdout
