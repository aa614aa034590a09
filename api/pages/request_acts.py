"""The forms by which each side acts on a request: what every act asks for, and what was written into it."""

from collections.abc import Mapping
from typing import Any

from api.desk import Desk
from api.language import pick
from api.request_bodies import WORDS, known_action
from api.words import say
from catalog.requests.desk import Seen
from schemas.dataset import Dataset, Transform
from schemas.errors import BadAsk
from schemas.request import Action
from schemas.request_reasons import ACTIONS, DEFECTS, ENDINGS, REFUSALS
from schemas.request_want import Answer, Defect, Request
from schemas.sharing_condition import condition_of, may_ask

ITEM_BY_ITEM = (Action.APPROVE, Action.OVERTURN)
DEFECT_ROWS = 6
ASKED: Mapping[Action, tuple[str, ...]] = {
    Action.ACCEPT: (),
    Action.SUBMIT: (),
    Action.PROVISION: (),
    Action.RESUME: (),
    Action.WITHDRAW: (),
    Action.GIVE_BACK: (),
    Action.MEDIATE: ("said",),
    Action.ESCALATE: ("said",),
    Action.OBJECT: ("said!",),
    Action.NOT_HELD: ("said!",),
    Action.RETURN: ("defects", "said"),
    Action.REFUSE: ("refusal", "document", "said!"),
    Action.SUSPEND: ("ending", "said!"),
    Action.REVOKE: ("ending", "said!"),
    Action.SIGN: ("document!",),
    Action.UPHOLD: ("document", "said!"),
    Action.ASSIGN: ("organisation!", "said"),
    Action.MATCH: ("dataset!", "items!"),
    Action.CATALOGUE: ("dataset!", "items!"),
    Action.APPROVE: ("items_given", "document", "said"),
    Action.OVERTURN: ("items_given", "document!", "said!"),
}
"""What each act's form asks for; `!` where it cannot be left out."""
QUIET = (
    Action.WITHDRAW,
    Action.REFUSE,
    Action.GIVE_BACK,
    Action.REVOKE,
    Action.SUSPEND,
    Action.RETURN,
    Action.NOT_HELD,
)
"""Acts that nobody should take by a slip: a plain button."""


def acts_shown(seen: Seen, dataset: Dataset | None, desk: Desk, lang: str) -> list[dict[str, Any]]:
    """One form for each act that the visitor may take now; saving has a page of its own."""
    return [_act(action, seen.request, dataset, desk, lang) for action in seen.actions if action in ASKED]


def _act(action: Action, request: Request, dataset: Dataset | None, desk: Desk, lang: str) -> dict[str, Any]:
    asked = {name.rstrip("!"): name.endswith("!") for name in ASKED[action]}
    shown: dict[str, Any] = {
        "action": action.value,
        "text": pick(lang, *ACTIONS[action]),
        "quiet": action in QUIET,
        "asks": asked,
        "version": request.version,
    }
    if "refusal" in asked or "items_given" in asked:
        shown["refusals"] = [(code, pick(lang, *both)) for code, both in REFUSALS.items()]
    if "ending" in asked:
        shown["endings"] = [(code, pick(lang, *both)) for code, both in ENDINGS.items()]
    if "defects" in asked:
        shown |= {"defects": [(code, pick(lang, *both)) for code, both in DEFECTS.items()], "rows": range(DEFECT_ROWS)}
        shown["names"] = [(name, say(lang, f"request_{name}")) for name in DEFECT_FIELDS]
    if "organisation" in asked:
        shown["organisations"] = [
            (one.credit_code, one.name)
            for one in desk.shelf.parties.organisations()
            if one.government and one.active and one.credit_code != request.requester
        ]
    if "items_given" in asked and dataset is not None:
        shown |= {"given": _items(request, dataset, lang), "clauses": condition_of(dataset).clauses}
    return shown


DEFECT_FIELDS = (
    "purpose",
    "basis",
    "scenario",
    "items",
    "divisions",
    "modes",
    "start",
    "end",
    "retention_days",
    "security",
)


def _items(request: Request, dataset: Dataset, lang: str) -> list[dict[str, Any]]:
    """Each item with the transforms that the catalogue's condition allows to ask for."""
    known = {field.name: field for field in dataset.fields}
    return [
        {
            "name": name,
            "title": pick(lang, known[name].title, known[name].title_en),
            "grade": say(lang, f"grade_{known[name].grade.word}"),
            "transforms": [
                (one.word, say(lang, f"view_{one.word}"))
                for one in (Transform.MASK, Transform.TOKEN, Transform.BUCKET)
                if may_ask(dataset, name, one)
            ],
        }
        for name in request.want.items
        if name in known
    ]


def answer_in(form: Mapping[str, list[str]], request: Request) -> Answer:
    """What was written into the form of one act."""
    action = known_action(_one(form, "action"))
    version = _one(form, "version")
    if not (version.isascii() and version.isdigit() and len(version) < 10):
        raise BadAsk("version: expected the number that the page gave")
    refused = {name: _one(form, f"refuse-{name}") for name in request.want.items if _one(form, f"refuse-{name}")}
    words = {name: _one(form, f"transform-{name}") for name in request.want.items if name not in refused}
    strange = [word for word in words.values() if word and word not in WORDS]
    if strange:
        raise BadAsk(f"transform: found {strange[0][:40]!r}, expected one of {', '.join(WORDS)}")
    by_item = action in ITEM_BY_ITEM
    return Answer(
        action=action,
        reason=_one(form, "reason"),
        said=_one(form, "said"),
        document=_one(form, "document"),
        refused=refused if by_item else {},
        transforms={name: WORDS[word] for name, word in words.items() if word} if by_item else {},
        conditions=tuple(form.get("condition", ())) if by_item else (),
        dataset=_one(form, "dataset"),
        items=tuple(dict.fromkeys(_one(form, "items").replace(",", " ").replace("，", " ").split())),
        organisation=_one(form, "organisation"),
        defects=_defects(form) if action is Action.RETURN else (),
        version=int(version),
    )


def _defects(form: Mapping[str, list[str]]) -> tuple[Defect, ...]:
    """The rows in which something was chosen."""
    found = []
    for row in range(DEFECT_ROWS):
        field, code = _one(form, f"field-{row}"), _one(form, f"code-{row}")
        if field and code:
            found.append(Defect(field, code, _one(form, f"found-{row}")))
    return tuple(found)


def _one(form: Mapping[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0].strip()
