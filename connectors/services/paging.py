"""How a service hands out its records page by page, and when there are no more."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from connectors.options import Options
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


Pages = Annotated[NumberPages | OffsetPages | CursorPages, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its records, and the whole of it."""

    records: tuple[Mapping[str, Json], ...]
    body: Json


class Walk:
    """Walks from page to page: ask `parameters`, hand the answer to `take`, until `done`."""

    def __init__(self, pages: NumberPages | OffsetPages | CursorPages, where: str) -> None:
        self.done = False
        self.count = 0
        self._pages = pages
        self._where = where
        self._number = pages.start if isinstance(pages, NumberPages) else 0
        self._token: str | None = None
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
        """What to ask next."""
        asked = {self._pages.size_parameter: str(size)} if self._pages.size_parameter else {}
        if isinstance(self._pages, NumberPages):
            asked[self._pages.parameter] = str(self._number)
        elif isinstance(self._pages, OffsetPages):
            asked[self._pages.parameter] = str(self.count)
        elif self._token is not None:
            asked[self._pages.parameter] = self._token
        return asked

    def take(self, page: Page) -> None:
        """Notes what came; SourceChanged when the service repeats itself or stops short of its own total."""
        self.count += len(page.records)
        self._number += 1
        if isinstance(self._pages, CursorPages):
            self._follow(dig(page.body, self._pages.next, self._where))
            return
        if page.records and page.records == self._last:
            raise SourceChanged(f"{self._where}: the same page came twice; does it heed {self._pages.parameter!r}?")
        self._last = page.records
        total = self._total(page.body)
        self.done = not page.records or self.count == total
        if total is not None and (self.count > total or (self.done and self.count != total)):
            raise SourceChanged(f"{self._where}: found {self.count} records, expected the {total} that it names")

    def _follow(self, token: Json) -> None:
        if token in (None, ""):
            self.done = True
            return
        self._token = str(token)
        if self._token in self._seen:
            raise SourceChanged(f"{self._where}: the page token {self._token[:40]!r} came twice; it would never end")
        self._seen.add(self._token)

    def _total(self, body: Json) -> int | None:
        path = "" if isinstance(self._pages, CursorPages) else self._pages.total
        return number_at(body, path, self._where) if path else None


def number_at(body: Json, path: str, where: str) -> int:
    """The number of all records that stands at a dotted path; SourceChanged where it is none."""
    found = dig(body, path, where)
    if not str(found).isdecimal():
        raise SourceChanged(f"{where}: found {found!r} at {path}, expected the number of all records")
    return int(found)


def dig(body: Json, path: str, where: str) -> Json:
    """What stands at a dotted path; SourceChanged names the part that is not there and what is."""
    for step in _steps(path):
        if not isinstance(body, dict) or step not in body:
            found = ", ".join(map(repr, body)) if isinstance(body, dict) else type(body).__name__
            raise SourceChanged(f"{where}: no {step!r} of the path {path!r}; found {found or 'nothing'}")
        body = body[step]
    return body


def _steps(path: str) -> Iterator[str]:
    return iter(path.split(".") if path else ())
