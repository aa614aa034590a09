"""How a service hands out its records page by page, and when there are no more."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from connectors.options import Options
from connectors.records import type_of
from schemas.dataset import Json
from schemas.errors import SourceChanged


class NumberPages(Options):
    """`page=1`, `page=2`… until a page is empty, or until `total` records have come."""

    kind: Literal["number"]
    parameter: str = "page"
    size_parameter: str = "page_size"
    start: int = 1
    total: str = ""
    """Dotted path of the number of all records; empty where the answer tells none."""


class OffsetPages(Options):
    """`offset=0`, `offset=100`… until a page is empty, or until `total` records have come."""

    kind: Literal["offset"]
    parameter: str = "offset"
    size_parameter: str = "limit"
    total: str = ""


class CursorPages(Options):
    """`cursor=<what the last page named>` until a page names none."""

    kind: Literal["cursor"]
    parameter: str = "cursor"
    size_parameter: str = "limit"
    next: str = Field(min_length=1)
    """Dotted path of the next page's token."""


class KeysetPages(Options):
    """`after=<the last record's value>` until a page is empty; records come in the order of that value."""

    kind: Literal["keyset"]
    parameter: str = "after"
    size_parameter: str = "limit"
    field: str = Field(min_length=1)
    """Dotted path of the value in a record."""
    first: str = ""
    """What the first page is asked with; empty: without the parameter."""


class LinkPages(Options):
    """The address of the next page stands in the answer's Link header (RFC 8288), until there is none."""

    kind: Literal["link"]
    size_parameter: str = "limit"


class NextPages(Options):
    """The address of the next page stands in the body, until there is none; it must be of the same service."""

    kind: Literal["next"]
    size_parameter: str = "limit"
    next: str = Field(min_length=1)
    """Dotted path of the address."""


class OnePage(Options):
    """One answer has all."""

    kind: Literal["once"]
    size_parameter: str = ""


Paging = NumberPages | OffsetPages | CursorPages | KeysetPages | LinkPages | NextPages | OnePage
Pages = Annotated[Paging, Field(discriminator="kind")]


_LINK = re.compile(r"""<([^>]*)>((?:\s*;\s*[\w*-]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"]+))?)*)""")
_PARAMETER = re.compile(r"""([\w*-]+)\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""")


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its records, and the whole of it."""

    records: tuple[Mapping[str, Json], ...]
    body: Json
    link: str = ""
    """Address of the next page in its Link header."""


class Walk:
    """Walks from page to page: ask `parameters` (or `address`), hand the answer to `take`, until `done`."""

    def __init__(self, pages: Paging, where: str) -> None:
        self.done = False
        self.count = 0
        self.address = ""
        """Of the next page, where the answer named it; it has all parameters in it."""
        self._pages = pages
        self._where = where
        self._number = pages.start if isinstance(pages, NumberPages) else 0
        self._token: str | None = (pages.first or None) if isinstance(pages, KeysetPages) else None
        self._seen: set[str] = set()
        self._last: tuple[Mapping[str, Json], ...] = ()

    def pages(self, most: int) -> Iterator[int]:
        """1, 2… until `done`; SourceChanged when `most` pages were not all of them."""
        for number in range(1, most + 1):
            if self.done:
                return
            yield number
        if not self.done:
            raise SourceChanged(f"{self._where}: {most} pages and still no end; does it end, or is most_pages too few?")

    def parameters(self, size: int) -> dict[str, str]:
        """What to ask next, for an address."""
        asked = {self._pages.size_parameter: str(size)} if self._pages.size_parameter else {}
        word = self._word()
        if word is not None and not isinstance(self._pages, LinkPages | NextPages | OnePage):
            asked[self._pages.parameter] = str(word)
        return asked

    def words(self, size: int) -> dict[str, Json]:
        """What to ask next, for a template: `page`, `offset`, `cursor` or `last`, and `size`."""
        names = {"number": "page", "offset": "offset", "cursor": "cursor", "keyset": "last"}
        name = names.get(self._pages.kind)
        return {"size": size, name: self._word()} if name else {"size": size}

    def _word(self) -> int | str | None:
        if isinstance(self._pages, NumberPages):
            return self._number
        return self.count if isinstance(self._pages, OffsetPages) else self._token

    def take(self, page: Page) -> None:
        """Notes what came; SourceChanged when the service repeats itself or stops short of its own total."""
        self.count += len(page.records)
        self._number += 1
        if isinstance(self._pages, CursorPages):
            self._follow(dig(page.body, self._pages.next, self._where))
        elif isinstance(self._pages, LinkPages | NextPages):
            link = page.link if isinstance(self._pages, LinkPages) else dig(page.body, self._pages.next, self._where)
            self.address = str(link or "")
            self._once(self.address, "the address of the next page")
        elif isinstance(self._pages, KeysetPages):
            self._after(page, self._pages.field)
        else:
            self._count(page)

    def _count(self, page: Page) -> None:
        if page.records and page.records == self._last:
            asked = getattr(self._pages, "parameter", "")
            raise SourceChanged(f"{self._where}: the same page came twice; does it heed {asked!r}?")
        self._last = page.records
        total = self._total(page.body)
        self.done = not page.records or self.count == total or isinstance(self._pages, OnePage)
        if total is not None and (self.count > total or (self.done and self.count != total)):
            raise SourceChanged(f"{self._where}: found {self.count} records, expected the {total} that it names")

    def _after(self, page: Page, path: str) -> None:
        if not page.records:
            self.done = True
            return
        value = dig(dict(page.records[-1]), path, self._where)
        if value is None or isinstance(value, dict | list):
            raise SourceChanged(f"{self._where}: the last record has no single value at {path!r} to go on from")
        self._token = str(value)
        self._once(self._token, f"the last record's value of {path}")

    def _follow(self, token: Json) -> None:
        self._token = None if token is None else str(token)
        self._once(self._token or "", "the token of the next page")

    def _once(self, token: str, what: str) -> None:
        self.done = not token
        if token in self._seen:
            raise SourceChanged(f"{self._where}: {what} came twice; it would never end")
        self._seen.add(token)

    def _total(self, body: Json) -> int | None:
        path = self._pages.total if isinstance(self._pages, NumberPages | OffsetPages) else ""
        return number_at(body, path, self._where) if path else None


def number_at(body: Json, path: str, where: str) -> int:
    """The number of all records that stands at a dotted path; SourceChanged where it is none."""
    found = dig(body, path, where)
    if not str(found).isdecimal():
        raise SourceChanged(f"{where}: found {found!r} at {path}, expected the number of all records")
    return int(found)


def linked(header: str) -> str:
    """The address of the relation `next` in a Link header; empty where there is none."""
    for address, told in _LINK.findall(header):
        relations = [
            value for name, quoted, plain in _PARAMETER.findall(told) if name == "rel" for value in [quoted or plain]
        ]
        if any("next" in value.lower().split() for value in relations):
            return str(address)
    return ""


def dig(body: Json, path: str, where: str) -> Json:
    """What stands at a dotted path; SourceChanged names the part that is not there and what is."""
    for step in _steps(path):
        if not isinstance(body, dict) or step not in body:
            found = ", ".join(map(repr, body)) if isinstance(body, dict) else type_of(body)
            raise SourceChanged(f"{where}: no {step!r} of the path {path!r}; found {found or 'nothing'}")
        body = body[step]
    return body


def _steps(path: str) -> Iterator[str]:
    return iter(path.split(".") if path else ())
