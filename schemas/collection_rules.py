"""What a collection form must say, and what can be chosen for an item that is collected already elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from schemas.authority_source import KINDS
from schemas.collection import LONGEST_TERM, REASONS, Choice, Form, FormItem, Hit, How, Item
from schemas.dataset import Kind
from schemas.divisions import normalise
from schemas.errors import BadInput
from schemas.standards.elements import find_element

LONGEST = 1000
"""Characters of a basis, and of what is said."""
LONGEST_NAME = 100
"""Characters of a form's title, and of the name of an item."""
MOST_ITEMS = 500


def sound(form: Form) -> Form:
    """The form with its division and elements as they are written; BadInput says what is missing."""
    _text("title", form.title, LONGEST_NAME)
    _text("basis", form.basis, LONGEST)
    if form.subject_kind not in KINDS:
        raise BadInput(f"subject_kind: found {form.subject_kind[:40]!r}, expected person, enterprise or nothing")
    if not 0 < len(form.items) <= MOST_ITEMS:
        raise BadInput(f"items: found {len(form.items)}, expected 1 to {MOST_ITEMS}")
    try:
        division = normalise(form.division)
    except ValueError as wrong:
        raise BadInput(f"division: {wrong}") from wrong
    items = tuple(replace(one, item=_item(one.item, place)) for place, one in enumerate(form.items, 1))
    _apart(one.item for one in items)
    return replace(form, title=form.title.strip(), basis=form.basis.strip(), division=division, items=items)


def checked_choice(chosen: FormItem, hits: tuple[Hit, ...], today: date) -> FormItem:
    """What was chosen for an item, if it can be; BadInput says what is expected. Nothing is approved by choosing it."""
    rule = {Choice.REUSE: _reuse, Choice.EXEMPTION: _exemption, Choice.DIFFERENT: _different}.get(chosen.choice)
    bare = FormItem(chosen.item, chosen.choice)
    return bare if rule is None else rule(replace(chosen, approved=False, said=chosen.said.strip()), hits, today)


def _reuse(chosen: FormItem, hits: tuple[Hit, ...], today: date) -> FormItem:
    del today
    offered = {one.dataset for one in hits if one.dataset}
    nameless = any(not one.dataset for one in hits)
    if not hits or chosen.dataset not in (offered | {""} if nameless else offered):
        expected = ", ".join(sorted(offered)) or "nothing, since no dataset has it that you may know of"
        raise BadInput(f"dataset: found {chosen.dataset[:128]!r}, expected whose item is reused: {expected}")
    return FormItem(chosen.item, Choice.REUSE, dataset=chosen.dataset)


def _exemption(chosen: FormItem, hits: tuple[Hit, ...], today: date) -> FormItem:
    if not any(one.blocks for one in hits):
        raise BadInput(f"{chosen.item.name}: nothing blocks this item, so that it needs no exemption")
    if chosen.reason not in REASONS:
        raise BadInput(f"reason: found {chosen.reason[:32]!r}, expected one of {', '.join(REASONS)}")
    _text("said", chosen.said, LONGEST)
    last = today + timedelta(days=LONGEST_TERM)
    if chosen.until is None or not today < chosen.until <= last:
        raise BadInput(f"until: found {chosen.until}, expected a day after {today} and not after {last}")
    return FormItem(chosen.item, Choice.EXEMPTION, reason=chosen.reason, said=chosen.said, until=chosen.until)


def _different(chosen: FormItem, hits: tuple[Hit, ...], today: date) -> FormItem:
    del today
    if not any(one.how in (How.NAME, How.NEAR) for one in hits):
        raise BadInput(f"{chosen.item.name}: only of items found by their name can be said that they are another item")
    _text("said", chosen.said, LONGEST)
    return FormItem(chosen.item, Choice.DIFFERENT, said=chosen.said)


def _item(item: Item, place: int) -> Item:
    _text(f"items[{place}].name", item.name, LONGEST_NAME)
    if item.type not in tuple(Kind):
        raise BadInput(f"items[{place}].type: found {item.type[:40]!r}, expected one of {', '.join(Kind)}")
    if not item.element:
        return replace(item, name=item.name.strip())
    element = find_element(item.element)
    if element is None:
        raise BadInput(f"items[{place}].element: found {item.element[:64]!r}, expected one of GET /api/v1/elements")
    return replace(item, name=item.name.strip(), element=element.id)


def _apart(items: Iterable[Item]) -> None:
    seen: set[str] = set()
    for one in items:
        if one.name in seen:
            raise BadInput(f"items: {one.name!r} stands there twice; a form asks for an item once")
        seen.add(one.name)


def _text(where: str, text: str, longest: int) -> None:
    if not 0 < len(text.strip()) <= longest:
        raise BadInput(f"{where}: found {len(text.strip())} characters, expected 1 to {longest}")
