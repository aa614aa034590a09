"""`/` and `/datasets`: the catalogue as a list with a search box and facets; only what the visitor may know of."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.desk import Desk, TheDesk
from api.foreign import facts as foreign_facts
from api.found import FACETS, LONGEST_VALUE, Filters, place_of, wanted
from api.language import pick
from api.measured import overall, percent
from api.page import link, render, when
from api.pages.dataset import cycle
from api.visitor import TheVisitor, Visitor
from api.words import say
from catalog.cards.marks import Pieces, marked, said_by
from catalog.duties import active
from catalog.harvest.find import find as find_foreign
from catalog.newest import Newest
from catalog.search import Found, Hit
from schemas.dataset import Json, Sharing
from schemas.due import overdue
from schemas.quality_band import band

router = APIRouter(include_in_schema=False)
PAGE = 20
SHORT = 120
"""Characters of a description in the list."""
MOST_FIELDS = 6
FEW = 10
"""Entries of other nodes that are shown."""
"""Fields that a hit names of those that matched."""
FEW_VALUES, MANY_VALUES = 8, 500
"""Values of a facet, and of the one whose every value is asked for."""


@router.get("/")
def home(request: Request, visitor: TheVisitor) -> Response:
    """The catalogue is the home."""
    lang = request.query_params.get("lang")
    return RedirectResponse("/datasets" + (f"?lang={visitor.lang}" if lang else ""), 303)


@router.get("/datasets")
def show_datasets(request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """A page of hits, twenty at a time, and the facets with counts."""
    query = request.query_params
    text = query.get("q", "").strip()[:200]
    filters = Filters(**{name: query.get(name, "")[:LONGEST_VALUE] for name in FACETS})
    after, whole = place_of(query.get("after", "")), query.get("whole", "")
    asked = wanted(text, filters, facets=FACETS, after=after, limit=PAGE, values=MANY_VALUES if whole else FEW_VALUES)
    found = desk.shelf.catalogue.search(asked, visitor.subject, visitor.now)
    following = found.following
    here = {"q": text, **asdict(filters)}
    return render(
        request,
        visitor,
        "datasets.html",
        q=text,
        kept={name: value for name, value in asdict(filters).items() if value},
        total=f"{found.total:,}",
        relaxed=found.relaxed,
        foreign=[] if after else _foreign(desk, text),
        hits=_cards(desk, visitor, found, matched=bool(text)),
        facets_shown=list(_facets(found, visitor, text, filters, whole)),
        first_page=link(visitor.lang, "/datasets", **here) if after else "",
        next_page=link(visitor.lang, "/datasets", **here, after=f"{following.rank}~{following.key}")
        if following
        else "",
    )


def _foreign(desk: Desk, text: str) -> list[Mapping[str, Json]]:
    """What other nodes have under these words, on the first page alone."""
    with desk.shelf.engine.connect() as connection:
        return [foreign_facts(one) | {"found": when(one.harvested_at)} for one in find_foreign(connection, text, FEW)]


def _cards(desk: Desk, visitor: Visitor, found: Found, *, matched: bool) -> list[Mapping[str, Json]]:
    newest = desk.shelf.newest_of([hit.dataset.key for hit in found.hits])
    words = said_by(found.words) if matched else ()
    return [_card(visitor, hit, newest.get(hit.dataset.key), words) for hit in found.hits]


def _card(visitor: Visitor, hit: Hit, newest: Newest | None, words: tuple[str, ...]) -> dict[str, Json]:
    dataset, lang = hit.dataset, visitor.lang
    description = pick(lang, dataset.description, dataset.description_en)
    score = overall(newest.scores) if newest and newest.scores else None
    return {
        "key": dataset.key,
        "title": marked(pick(lang, dataset.title, dataset.title_en), words),
        "description": marked(description if len(description) <= SHORT else description[:SHORT] + "…", words),
        "owner": dataset.owner_name,
        "sharing": dataset.sharing.value,
        "topics": [marked(tag, words) for tag in dataset.tags],
        "cycle": cycle(dataset.update_cycle, lang),
        "version": f"v{newest.version} · {when(newest.published_at)}" if newest else say(lang, "not_yet"),
        "score": "" if score is None else percent(score),
        "band": band(score),
        "overdue": overdue(dataset, newest.came if newest else None, visitor.now),
        "matched": [_field(hit, name, lang, words) for name in hit.fields[:MOST_FIELDS]],
        "more_matched": max(0, len(hit.fields) - MOST_FIELDS) if words else 0,
        "mine": hit.mine and newest is not None,
        "ask": hit.dataset.sharing is Sharing.CONDITIONAL and not hit.mine and active(visitor.subject),
    }


def _field(hit: Hit, name: str, lang: str, words: tuple[str, ...]) -> Mapping[str, Json]:
    """A field that matched; one whose title does not hold the word is the element that it means, or has the name."""
    one = hit.dataset.field(name)
    title: Pieces = marked(pick(lang, one.title, one.title_en), words)
    shown = any(is_marked for _, is_marked in title)
    return {"title": title, "name": marked(one.name, words), "shown": shown}


def _facets(found: Found, visitor: Visitor, text: str, filters: Filters, whole: str) -> Iterator[Mapping[str, Json]]:
    told, lang = asdict(filters), visitor.lang
    for name in FACETS:
        counted = found.facets[name]
        shown = [
            one for place, one in enumerate(counted) if place < FEW_VALUES or whole == name or one[0] == told[name]
        ]
        values = [
            {
                "title": _facet_title(found, lang, name, value),
                "count": f"{count:,}",
                "chosen": told[name] == value,
                "href": link(lang, "/datasets", q=text, **_turned(filters, name, value)),
            }
            for value, count in shown
        ]
        more = len(shown) >= FEW_VALUES and whole != name
        yield {
            "name": name,
            "values": values,
            "more": link(lang, "/datasets", q=text, **told, whole=name) + f"#facet-{name}" if more else "",
        }


def _turned(filters: Filters, name: str, value: str) -> dict[str, str]:
    """The filters with this value chosen, or not any more."""
    chosen = getattr(filters, name) == value
    return asdict(replace(filters, **{name: "" if chosen else value}))


def _facet_title(found: Found, lang: str, name: str, value: str) -> str:
    if name == "department":
        return found.departments.get(value, value)
    if name == "topic":
        return value
    return cycle(value, lang) if name == "cycle" else say(lang, f"{name}_{value}")
