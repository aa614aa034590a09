"""Collection forms 采集表 and where their items were found, as answers and pages show them."""

import re

from api.language import pick
from catalog.collection.desk import Looked
from catalog.collection.forms import NO_FORM
from schemas.collection import Act, Choice, Form, FormItem, Hit, How
from schemas.dataset import Json
from schemas.errors import BadAsk, Unknown
from schemas.journey import SHANGHAI

NUMBER = re.compile(r"YS-F-[0-9]{4}-[0-9]{6,12}")


def hit_facts(one: Hit, lang: str) -> dict[str, Json]:
    """One place where an item was found; of a hidden one only that there is a source, and that it blocks."""
    if one.hidden:
        said = pick(
            lang, "此项已有数源；请咨询数据主管部门", "An item of this kind has a source; ask the data administration"
        )
        return {"hidden": True, "blocks": one.blocks, "said": said}
    return {
        "hidden": False,
        "how": one.how.value,
        "blocks": one.blocks,
        "own": one.own,
        "dataset": one.dataset or None,
        "dataset_title": pick(lang, one.dataset_title, one.dataset_title_en),
        "field": one.column or None,
        "field_title": pick(lang, one.column_title, one.column_title_en),
        "organisation": one.organisation,
        "organisation_name": one.organisation_name,
        "division": one.division,
        "basis": one.basis,
        "share": round(one.share, 3),
        "request": request_path(one),
    }


def request_path(one: Hit) -> str | None:
    """Where to ask for the dataset of a hit; None for one's own, and where there is none."""
    return f"/requests/new?dataset={one.dataset}" if one.dataset and not one.own else None


def item_facts(one: FormItem, place: int) -> dict[str, Json]:
    """One item of a form and what was chosen for it."""
    return {
        "place": place,
        "name": one.item.name,
        "element": one.item.element or None,
        "type": one.item.type,
        "column": one.item.column or None,
        "choice": one.choice.value or None,
        "dataset": one.dataset or None,
        "reason": one.reason or None,
        "said": one.said,
        "until": one.until.isoformat() if one.until else None,
        "approved": one.approved,
    }


def form_facts(form: Form) -> dict[str, Json]:
    """One form as a list shows it."""
    return {
        "number": form.number,
        "title": form.title,
        "state": form.state.value,
        "organisation": form.organisation,
        "basis": form.basis,
        "subject_kind": form.subject_kind,
        "division": form.division,
        "dataset": form.dataset or None,
        "items_total": len(form.items),
        "reused": sum(one.choice is Choice.REUSE for one in form.items),
        "moved_at": form.moved_at.astimezone(SHANGHAI).isoformat() if form.moved_at else None,
        "said": form.said,
    }


def looked_facts(seen: Looked, lang: str) -> dict[str, Json]:
    """One form with what was found of each item today."""
    items = [
        item_facts(one, place) | {"hits": [hit_facts(hit, lang) for hit in hits], "blocked": bool(left)}
        for place, (one, hits, left) in enumerate(zip(seen.form.items, seen.hits, seen.open, strict=True), 1)
    ]
    return form_facts(seen.form) | {"mine": seen.mine, "decides": seen.decides, "items": items}


def by_name(one: Hit) -> bool:
    """Whether only its name was alike."""
    return not one.hidden and one.how in (How.NAME, How.NEAR)


def known_form(text: str) -> str:
    """The number of a form; Unknown for what is none."""
    if not NUMBER.fullmatch(text):
        raise Unknown(NO_FORM)
    return text


def known_act(text: str) -> Act:
    """What can be done to a form; BadAsk lists it."""
    if text not in tuple(Act):
        raise BadAsk(f"act: found {text[:40]!r}, expected one of {', '.join(Act)}")
    return Act(text)


def known_choice(text: str) -> Choice:
    """A choice; BadAsk lists them."""
    if text not in tuple(Choice):
        raise BadAsk(f"choice: found {text[:40]!r}, expected one of {', '.join(filter(None, Choice))} or nothing")
    return Choice(text)
