"""What is kept of an XML file on the walk through it: the elements that are open, nothing that stands before them."""

from typing import Any

from connectors.files.content import Raw


class Walked:
    """The bytes that a parser asks for. When it asks for more, all that it made of the last ones has been looked at."""

    def __init__(self, first: bytes, rest: Raw, tags: tuple[str, ...]) -> None:
        self.root: Any = None
        """The root, once it is there."""
        self._first, self._rest, self._tags = first, rest, tags

    def read(self, size: int) -> bytes:
        """Reads on, and forgets what stands before the elements that are open."""
        if self.root is not None:
            self._forget()
        if self._first:
            found, self._first = self._first[:size], self._first[size:]
            return found
        return self._rest.read(size) or b""

    def _forget(self) -> None:
        """On the way to the last element, up to a record: that may be open."""
        element = self.root
        way: tuple[str, ...] = (element.tag,)
        while len(element) and way != self._tags:
            del element[:-1]
            element = element[0]
            way = (*way, element.tag)
