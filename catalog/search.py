"""Finds datasets by words in their titles, items and owners, best first; only what the asker may know of."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import islice
from operator import and_, or_

from sqlalchemy import Connection

from catalog import datasets, grants
from catalog.access import visible
from catalog.cards import matching
from catalog.cards.drawer import Drawer, Place
from catalog.cards.entering import field_texts
from catalog.cards.marks import said_by
from catalog.cards.sets import Cards
from catalog.cards.tokens import Word, pieces, plain, words
from catalog.rule.sight import in_use, sight
from schemas.access import Grant, Subject
from schemas.dataset import Dataset
from schemas.errors import BadAsk

FACETS = ("department", "topic", "sharing", "tier", "cycle", "quality", "mine")
"""What hits are counted by; `mine` 我可用的: what the asker may take today without asking anybody."""
FILTERS = (*FACETS, "owner", "division", "subject_kind", "element")
"""What a search may be narrowed by; `element`: a data element that one of its items is."""
MINE = "yes"
_RECORD, _UNIT = "\x1e", "\x1f"
ANYWHERE = 5
"""Rank of what is found somewhere else than in titles and items."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, and which part of it is wanted."""

    text: str = ""
    filters: Mapping[str, str] = field(default_factory=dict)
    facets: tuple[str, ...] = ()
    """Those to count."""
    after: Place | None = None
    """Where the page before ended."""
    start: int = 0
    """Hits to pass over, for who counts them."""
    limit: int = 20
    values: int | None = 50
    """The most frequent values of each facet that are told, the chosen one besides; None for all of them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One dataset found, and the items whose name or title holds one of the words."""

    dataset: Dataset
    fields: tuple[str, ...]
    rank: int
    """0: the title itself; 1: an item is called just so; 2: the title begins so; 3: in a title; 4: in the name of an
    item; 5: anywhere else. Where not everything was found, the words that are missing."""
    mine: bool = False
    """Whether the asker may take it today, where that was counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, and what there is beyond it."""

    hits: tuple[Hit, ...]
    total: int
    words: tuple[Word, ...]
    """What was looked for."""
    relaxed: bool
    """Nothing holds all of it: these hold some of the words, or of the pieces of a long one."""
    following: Place | None
    facets: Mapping[str, tuple[tuple[str, int], ...]]
    """Facet -> value and count, the most frequent first; a facet's own filter does not narrow its counts."""
    departments: Mapping[str, str]
    """Of those told: names of the organisations that provide."""


@dataclass(frozen=True, slots=True)
class Look:
    """One search on its way: who looks, and among what."""

    connection: Connection
    drawer: Drawer
    subject: Subject
    held: Sequence[Grant]
    """Grants of the asker's organisation, as far as it takes them to know what it may see and use."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Match:
    """The cards that hold what was looked for, before any filter."""

    words: tuple[Word, ...]
    cards: Cards
    partly: tuple[Cards, ...] = ()
    """Where nothing holds all of it: those that miss one part, those that miss two, and so on."""


def search(connection: Connection, drawer: Drawer, wanted: Wanted, subject: Subject, now: datetime) -> Found:
    """A page of the visible datasets that hold all the words (NFKC, case ignored; Chinese needs no spaces).

    A word that is a name or an alias of a data element finds every dataset with such a field, whatever it is called.
    Where nothing holds all the words, those that hold most of them.
    """
    _known(wanted)
    look = Look(connection, drawer, subject, _held(connection, wanted, subject, now), now)
    match = _match(look, wanted)
    each = {name: _holding(look, name, value) for name, value in wanted.filters.items() if value}
    passed = _passing(match.cards, each)
    ids, following = _page(drawer, wanted, _tiers(look, match, passed))
    facets = {name: _told(look, wanted, name, _passing(match.cards, each, name)) for name in wanted.facets}
    return Found(
        hits=_hits(look, ids, match.words, _mine(look) if "mine" in wanted.facets else 0),
        total=passed.bit_count(),
        words=match.words,
        relaxed=bool(match.partly),
        following=following,
        facets=facets,
        departments=drawer.owners(match.cards, [value for value, _ in facets.get("department", ())]),
    )


def in_sight(connection: Connection, drawer: Drawer, subject: Subject) -> list[str]:
    """Keys of all datasets that the asker may know of, in their order."""
    outsider = not subject.public and not subject.government
    held = grants.of_organisation(connection, subject.organisation) if outsider else ()
    return [drawer.key(number) for number in drawer.by_key(drawer.in_sight(sight(subject, held)))]


def _known(wanted: Wanted) -> None:
    strange = [name for name in wanted.filters if name not in FILTERS]
    if strange:
        raise BadAsk(f"filter {strange[0]!r} is unknown, expected one of {', '.join(FILTERS)}")


def _held(connection: Connection, wanted: Wanted, subject: Subject, now: datetime) -> Sequence[Grant]:
    if subject.public:
        return ()
    if not subject.government:
        return grants.of_organisation(connection, subject.organisation)
    counted = "mine" in wanted.facets or wanted.filters.get("mine")
    return grants.in_force(connection, subject.organisation, now) if counted else ()


def _match(look: Look, wanted: Wanted) -> Match:
    drawer, looked_for = look.drawer, words(wanted.text)
    seen = drawer.in_sight(sight(look.subject, look.held))
    if not wanted.text.strip():
        return Match((), seen)
    if not looked_for or not datasets.storable(wanted.text):
        return Match((), 0)
    whole = drawer.of(matching.holding(look.connection, looked_for)) & seen
    parts = looked_for if len(looked_for) > 1 else pieces(looked_for[0])
    if whole or not parts:
        return Match(looked_for, whole)
    least = 1 if len(looked_for) > 1 else (len(parts) + 1) // 2
    partly = _partly(look, parts, seen)[: len(parts) + 1 - least]
    return Match(looked_for if len(looked_for) > 1 else parts, reduce(or_, partly, 0), partly)


def _partly(look: Look, parts: Sequence[Word], seen: Cards) -> tuple[Cards, ...]:
    """The cards that hold all of the parts, all but one, all but two, …, all but all."""
    least = [seen, *(0 for _ in parts)]
    """By number: the cards that hold at least so many."""
    for part in parts:
        holds = look.drawer.of(matching.holding(look.connection, (part,)))
        for count in range(len(parts), 0, -1):
            least[count] |= least[count - 1] & holds
    return tuple(least[count] & ~(least[count + 1] if count < len(parts) else 0) for count in range(len(parts), -1, -1))


def _holding(look: Look, name: str, value: str) -> Cards:
    if not datasets.storable(value):
        return 0
    if name == "element":
        return look.drawer.of(matching.being(look.connection, value))
    if name == "mine":
        return _mine(look)
    return look.drawer.holding(name, value)


def _mine(look: Look) -> Cards:
    return look.drawer.in_sight(in_use(look.subject, look.held, look.now))


def _passing(cards: Cards, each: Mapping[str, Cards], but: str = "") -> Cards:
    return reduce(and_, (some for name, some in each.items() if name != but), cards)


def _told(look: Look, wanted: Wanted, name: str, cards: Cards) -> tuple[tuple[str, int], ...]:
    if name == "mine":
        count = (cards & _mine(look)).bit_count()
        return ((MINE, count),) if count else ()
    counted, chosen = look.drawer.counted(cards, name, wanted.values), wanted.filters.get(name, "")
    if not chosen or chosen in dict(counted):
        return counted
    count = (cards & look.drawer.holding(name, chosen)).bit_count()
    return (*counted, (chosen, count)) if count else counted


def _tiers(look: Look, match: Match, cards: Cards) -> Iterator[tuple[int, Cards]]:
    """The cards by rank; each look that costs a statement is made only once the ranks before it were not enough."""
    if match.partly:
        yield from ((rank, some & cards) for rank, some in enumerate(match.partly))
        return
    if match.words:
        for rank, some in _ranked(look, match.words, cards):
            yield rank, some & cards
            cards &= ~some
    yield ANYWHERE, cards


def _ranked(look: Look, looked_for: Sequence[Word], cards: Cards) -> Iterator[tuple[int, Cards]]:
    drawer, phrase = look.drawer, " ".join(word.said for word in looked_for)
    titled = drawer.titled(cards, [word.said for word in looked_for])
    yield 0, drawer.of(number for number, titles in titled if f"\n{phrase}\n" in titles)
    only = looked_for[0].element if len(looked_for) == 1 else None
    names = {phrase, *(plain(name) for name in (only.title, *only.aliases))} if only else {phrase}
    yield 1, drawer.of(matching.exact(look.connection, names, only.id if only else None))
    yield 2, drawer.of(number for number, titles in titled if f"\n{phrase}" in titles)
    yield 3, drawer.of(number for number, _ in titled)
    yield 4, drawer.of(matching.calling(look.connection, looked_for))


def _page(
    drawer: Drawer, wanted: Wanted, tiers: Iterable[tuple[int, Cards]]
) -> tuple[list[tuple[int, int]], Place | None]:
    """Rank and id of the page's cards, and where the next one starts."""
    if not wanted.limit:
        return [], None
    found = list(islice(_after(drawer, wanted.after, tiers), wanted.start, wanted.start + wanted.limit + 1))
    page = found[: wanted.limit]
    more = len(found) > wanted.limit and page
    return page, Place(page[-1][0], drawer.key(page[-1][1])) if more else None


def _after(drawer: Drawer, after: Place | None, tiers: Iterable[tuple[int, Cards]]) -> Iterator[tuple[int, int]]:
    for rank, cards in tiers:
        if after is None or rank >= after.rank:
            key = after.key if after is not None and rank == after.rank else ""
            yield from ((rank, number) for number in drawer.by_key(cards, key))


def _hits(look: Look, page: Sequence[tuple[int, int]], looked_for: Sequence[Word], mine: Cards) -> tuple[Hit, ...]:
    """The datasets themselves; the rule has the last word, on what each of them says at this moment."""
    known = datasets.each(look.connection, (look.drawer.key(number) for _, number in page))
    found = ((rank, known.get(look.drawer.key(number)), bool(mine >> number & 1)) for rank, number in page)
    return tuple(
        Hit(dataset, _called(dataset, looked_for), rank, usable)
        for rank, dataset, usable in found
        if dataset is not None and visible(look.subject, dataset, look.held)
    )


def _called(dataset: Dataset, looked_for: Sequence[Word]) -> tuple[str, ...]:
    """Names of the fields that are called by a word, or are the element that it means."""
    meant = {word.element.id for word in looked_for if word.element}
    said = said_by(looked_for)
    texts = plain(_RECORD.join(_UNIT.join(field_texts(field)) for field in dataset.fields)).split(_RECORD)
    return tuple(
        field.name
        for field, text in zip(dataset.fields, texts, strict=False)
        if field.element in meant or any(one in text for one in said)
    )
