"""`yishu deliver`: sends what subscriptions are due, without a scheduler."""

import click

from catalog.shelf import open_shelf
from cli.connections import connection
from cli.door import Door, as_json, pass_door, tell
from connectors.outbox.webhook import Sender
from dags.delivery.due import deliver_due
from dags.delivery.errands import send_due
from dags.delivery.post import Post


@click.command()
@click.option("--dataset", default="", help="Only subscriptions to the dataset with this key.")
@as_json
@pass_door
def deliver(door: Door, dataset: str, told_as_json: bool) -> int:
    """Send each due version, as a file or as a word; status 1 where one could not be delivered."""
    settings = door.settings
    post = Post(
        open_shelf(settings), lambda name: connection(door.environment, name), Sender(settings.targets), door.now
    )
    done = deliver_due(post, dataset)
    sent = [] if dataset else send_due(post)
    said = [
        f"{one['subscription']}  {one['dataset']} v{one['version']}  {one['state']}  {one.get('said', '')}"
        for one in done
    ]
    said += [f"follow {one['follow']}  {one['dataset']}  {one['state']}" for one in sent]
    tell([*done, *sent], told_as_json, said)
    return int(any(one["state"] in ("waiting", "failed") for one in (*done, *sent)))
