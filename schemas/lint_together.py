"""Lint rules over all contracts at once: titles and providers that cannot be told apart, authority claimed twice."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from schemas.authority import clashes
from schemas.contract import Draft
from schemas.contract_lint import Fault, plain_title


def duplicate_title(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Fault]]:
    """Titles that differ in nothing but punctuation, blanks or full-width letters are one title."""
    seen: dict[str, Draft] = {}
    for draft in drafts:
        title = plain_title(draft.dataset.title)
        if title and title in seen and seen[title].dataset.key != draft.dataset.key:
            other = seen[title].dataset
            yield (
                draft,
                Fault(
                    ("name",),
                    (
                        f"“{draft.dataset.title}”与 {other.key} 的“{other.title}”重名。",
                        f"The title is that of {other.key} but for punctuation, blanks or letter width.",
                    ),
                    (
                        "同一数据只留一份契约；不同数据写明区别。",
                        "One contract for the same data; another title for others.",
                    ),
                ),
            )
        seen.setdefault(title, draft)


def provider_code(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Fault]]:
    """One credit code, one name: a provider is called the same in all its contracts."""
    yield from _unlike(drafts, "credit_code", "name")
    yield from _unlike(drafts, "name", "credit_code")


def _unlike(drafts: Sequence[Draft], same: str, other: str) -> Iterator[tuple[Draft, Fault]]:
    """Drafts that agree in `same` and differ in `other`; the first of them is taken for right."""
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if _of(draft, same):
            groups[_of(draft, same)].append(draft)
    for shared, members in groups.items():
        first = members[0]
        for draft in members[1:]:
            if _of(draft, other) and _of(draft, other) != _of(first, other):
                yield draft, _fault(other, shared, first, draft)


def _fault(other: str, shared: str, first: Draft, draft: Draft) -> Fault:
    theirs, ours = _of(first, other), _of(draft, other)
    return Fault(
        ("yishu.owner", other),
        (
            f"提供方“{shared}”在 {first.dataset.key} 为“{theirs}”，此处为“{ours}”。",
            f"The provider {shared} has another {other} in {first.dataset.key}: {theirs!r}, here {ours!r}.",
        ),
        (f"{other}: {theirs}；或更正另一份契约。", "The same in both contracts."),
    )


def _of(draft: Draft, word: str) -> str:
    return draft.dataset.owner if word == "credit_code" else draft.dataset.owner_name


def authority_twice(drafts: Sequence[Draft]) -> Iterator[tuple[Draft, Fault]]:
    """One element of one kind of subject in one area has one authority source 数源; the first is taken for it."""
    of = {draft.dataset.key: draft for draft in drafts}
    for clash in clashes(draft.dataset for draft in drafts):
        first, field = clash.first, clash.second.field
        other = first.dataset.key
        fault = Fault(
            ("fields", field.name, "yishu.authority"),
            (
                f"“{field.title}”（{field.element}）已由 {other} 的“{first.field.title}”声明为数源。",
                f"{other} claims to be the authority of {field.element} for the same subjects and area.",
            ),
            (f"yishu.authority: {other}；或更正另一份契约。", "The other one here, or nothing there."),
        )
        yield of[clash.second.dataset.key], fault
