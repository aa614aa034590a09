"""`yishu node`: nodes above and below this one; cards are exchanged by hand, messages by network or as files."""

from pathlib import Path

import click

from catalog.database import writing
from catalog.nodes import card, desk, messages, register, reporting
from catalog.shelf import Shelf, open_shelf
from cli.connections import connection
from cli.door import Door, as_json, pass_door, tell
from connectors.outbox.webhook import Sender
from dags.delivery.post import Post
from dags.delivery.relay import relay_due
from schemas.dataset import Grade
from schemas.errors import BadInput
from schemas.node import Node, Relation

GRADES = {grade.word: grade for grade in Grade}
FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def node() -> None:
    """Nodes above and below this one."""


@node.command("card")
@click.option("--name", required=True, help="What this node is called elsewhere.")
@click.option("--division", required=True, help="Code of its division: it vouches for organisations within it.")
@click.option("--url", default="", help="Where its API answers; left out: by files alone.")
@click.argument("file", type=FILE)
@as_json
@pass_door
def write_card(door: Door, /, file: Path, told_as_json: bool, **told: str) -> None:
    """Write this node's card to FILE: give it to the other node's operator by hand."""
    shelf = open_shelf(door.settings)
    (door.working / file).write_bytes(card.written(shelf, told["name"], told["division"], told["url"]))
    tell({"id": shelf.node.origin, "key": shelf.node.public_text, "file": str(file)}, told_as_json)


@node.command("add")
@click.argument("file", type=FILE)
@click.option("--as", "relation", required=True, type=click.Choice([one.value for one in Relation]))
@click.option("--clearance", default=Grade.GENERAL_3.word, show_default=True, type=click.Choice(list(GRADES)))
@as_json
@pass_door
def add_node(door: Door, /, file: Path, relation: str, clearance: str, told_as_json: bool) -> None:
    """Register the node whose card FILE is, as the superior or a subordinate of this one."""
    found = card.read((door.working / file).read_bytes())
    made = Node(found, Relation(relation), GRADES[clearance], True, door.now())
    with writing(open_shelf(door.settings).engine) as writes:
        register.add(writes, made)
    tell({"id": found.id, "name": found.name, "key": found.key}, told_as_json, [f"{found.name}  {found.key}"])


@node.command("list")
@as_json
@pass_door
def list_nodes(door: Door, told_as_json: bool) -> None:
    """All nodes that are registered here."""
    with open_shelf(door.settings).engine.connect() as reads:
        found, numbers = register.listed(reads), reporting.numbers(reads)
    facts = [
        {"id": one.card.id, "name": one.card.name, "relation": one.relation.value, "active": one.active}
        | {"division": one.card.division, "url": one.card.url, "entries": numbers.get(one.card.id, 0)}
        for one in found
    ]
    tell(facts, told_as_json, [f"{one['id']}  {one['relation']}  {one['name']}  {one['entries']}" for one in facts])


@node.command("off")
@click.argument("node")
@click.option("--on", is_flag=True, help="Believe it again.")
@pass_door
def switch(door: Door, /, node: str, on: bool) -> None:
    """Believe nothing more of NODE: no message, no passport."""
    with writing(open_shelf(door.settings).engine) as writes:
        register.switch(writes, register.find(writes, node).card.id, on=on)


@node.command("admit")
@click.argument("node")
@click.argument("credit_code")
@pass_door
def admit(door: Door, /, node: str, credit_code: str) -> None:
    """Let NODE speak for an organisation that is registered here already."""
    with writing(open_shelf(door.settings).engine) as writes:
        register.vouch(writes, register.find(writes, node).card.id, credit_code, door.now())


@node.command("key")
@click.argument("node")
@as_json
@pass_door
def key(door: Door, /, node: str, told_as_json: bool) -> None:
    """Print the public key of NODE's ledger, with which its receipts are verified here."""
    with open_shelf(door.settings).engine.connect() as reads:
        found = register.find(reads, node).card.ledger_key
    tell({"public_key": found}, told_as_json, [found])


@node.command("relay")
@as_json
@pass_door
def relay(door: Door, told_as_json: bool) -> int:
    """Report the catalogue upwards where it has changed, and hand over what is due; 1 where something was not taken."""
    settings = door.settings
    look = lambda name: connection(door.environment, name)  # noqa: E731 - a connection by name, as deliveries have it
    done = relay_due(Post(open_shelf(settings), look, Sender(settings.targets), door.now))
    tell(done, told_as_json, [f"{one['message']}  {one['state']}  {one.get('said', '')}" for one in done])
    return int(any(one["state"] != "sent" for one in done))


@node.command("write")
@click.argument("node")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@as_json
@pass_door
def write(door: Door, /, node: str, folder: Path, told_as_json: bool) -> None:
    """Write the messages that wait for NODE as files into FOLDER, for networks that are not joined."""
    shelf = open_shelf(door.settings)
    desk.tell(shelf, door.now())
    place = door.working / folder
    place.mkdir(parents=True, exist_ok=True)
    names = written(shelf, node, place)
    tell({"files": names}, told_as_json, names)


def written(shelf: Shelf, node: str, place: Path) -> list[str]:
    """Every message that waits for a node, as a file in `place`; their names."""
    with shelf.engine.connect() as reads:
        to = register.find(reads, node).card.id
    names: list[str] = []
    while True:
        with writing(shelf.engine) as writes:
            mine = messages.next_ones(writes, to)
            for one in mine:
                (place / f"{one.id}.json").write_bytes(one.envelope)
                messages.sent(writes, one)
        if not mine:
            return names
        names.extend(f"{one.id}.json" for one in mine)


@node.command("receive")
@click.argument("files", nargs=-1, required=True, type=FILE)
@as_json
@pass_door
def receive(door: Door, /, files: tuple[Path, ...], told_as_json: bool) -> None:
    """Act on messages that came as files; again changes nothing."""
    shelf, taken = open_shelf(door.settings), []
    for file in files:
        path = door.working / file
        if not path.is_file():
            raise BadInput(f"{file}: expected a file that `yishu node write` has written elsewhere")
        desk.receive(shelf, path.read_bytes(), door.now())
        taken.append(str(file))
    tell({"taken": taken}, told_as_json, taken)
