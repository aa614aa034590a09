"""A matter that waits for its reviewer's word, as answers and pages tell it, in one language."""

from api.language import pick
from catalog.confirming.desk import Seen
from catalog.confirming.sample import Sample
from schemas.dataset import Json
from schemas.deed import Done
from schemas.divisions import DivisionTree
from schemas.errors import BadAsk, Unknown
from schemas.journey import SHANGHAI
from schemas.matter import Change, Gone, Verb

DIGITS = 15
"""Of a number, at most."""


def confirmation_facts(seen: Seen, lang: str) -> dict[str, Json]:
    """One matter, and what the asker may say of it now."""
    one, dataset = seen.matter, seen.dataset
    about = _gone(one.about) if isinstance(one.about, Gone) else _change(one.about)
    return {
        "id": one.id,
        "kind": one.about.kind.value,
        "dataset": dataset.key,
        "dataset_title": pick(lang, dataset.title, dataset.title_en) or dataset.title,
        "owner": {"credit_code": dataset.owner, "name": dataset.owner_name},
        "state": one.state.value,
        "found_at": one.found_at.astimezone(SHANGHAI).isoformat(),
        "moved_at": one.moved_at.astimezone(SHANGHAI).isoformat(),
        "receipt": one.receipt,
        "mine": seen.mine,
        "verbs": [verb.value for verb in one.verbs] if seen.decides else [],
    } | about


def word_facts(done: Done | None) -> Json:
    """Who said what of it and why; None where nothing was said."""
    if done is None:
        return None
    deed = done.deed
    told = {"act": deed.act.value, "person": deed.by.person, "account": deed.by.account, "reason": deed.said}
    return told | {"at": done.at.astimezone(SHANGHAI).isoformat(), "receipt": done.receipt}


def sample_facts(sample: Sample, tree: DivisionTree) -> dict[str, Json]:
    """Masked keys, a text for each column, and where how many rows are gone."""
    names = [one.name for one in sample.fields]
    places = [{"division": code, "name": tree.name(code) if code else "", "rows": rows} for code, rows in sample.places]
    rows = [dict(zip(names, row, strict=True)) for row in sample.rows]
    return {"columns": names, "rows": rows, "masked": True, "places": places}


def known_number(text: str, what: str) -> int:
    """A number as it stands in a path; the same Unknown for what is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= DIGITS):
        raise Unknown(what)
    return int(text)


def known_verb(text: str) -> Verb:
    """A word; BadAsk lists them."""
    if text not in tuple(Verb):
        raise BadAsk(f"verb: found {text[:40]!r}, expected one of {', '.join(Verb)}")
    return Verb(text)


def _gone(about: Gone) -> dict[str, Json]:
    return about.facts | {
        "base": about.base,
        "share": about.removed / about.of if about.of else 0.0,
        "most_share": about.most_share,
    }


def _change(about: Change) -> dict[str, Json]:
    retyped = [{"column": name, "before": before, "now": now} for name, before, now in about.drift.retyped]
    return {"retyped": retyped, "added": list(about.drift.added)}
