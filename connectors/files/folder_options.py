"""The options that all kinds of dropped files share, beside those of their format."""

from pydantic import BaseModel, Field

from connectors.files.control import Control
from connectors.files.encoding import Encoding
from connectors.files.named import DAYS, day_in, place_mistakes
from connectors.files.numbers import Numbers
from connectors.files.packed import Gzip, Zip
from connectors.options import Options, unknown_fields
from connectors.places.http import Index
from connectors.places.ready import Ready
from schemas.dataset import Dataset, Load


class FolderOptions(Options):
    """Where the files lie, how they are packed, and what their columns may lack."""

    folder: str = ""
    """Below the connection's folder."""
    ready: Ready = Ready()
    """When a file counts; without a word it must have stood still, for as long as its place demands."""
    index: Index | None = None
    """Of a web server: the file in which it says what it has, where the names are not known beforehand."""
    optional: tuple[str, ...] = ()
    """Fields that a file may lack; they are NULL there."""
    numbers: dict[str, Numbers] = Field(default_factory=dict)
    """Field -> how its numbers are written where that is not `1234.5`."""
    zip: Zip | None = None
    """The files are ZIP archives, and their members are what is read."""
    gzip: Gzip | None = None
    """The files are packed with gzip."""
    control: Control | None = None
    """Where the department writes how many rows a file has; None where it does not."""

    @property
    def written(self) -> tuple[Encoding, str]:
        """Encoding and delimiter of the control file."""
        return "utf-8", ","

    @property
    def filled(self) -> tuple[str, ...]:
        """Fields whose blank cells take the value above, where the format leaves that to others."""
        return ()


class PatternOptions(FolderOptions):
    """The same with the names of the files."""

    pattern: str
    """`payment_{yyyymmdd}.csv`: one file a day, chosen by window. A plain glob: all files, each time."""
    fill_down: tuple[str, ...] = ()
    """Fields whose blank cells take the value above."""

    @property
    def filled(self) -> tuple[str, ...]:
        """As declared."""
        return self.fill_down


def again_and_again(dataset: Dataset, option: str, pattern: str) -> tuple[str, ...]:
    """The mistake of an append whose pattern names no day: each window would take all files, and add them once more."""
    if dataset.source.load is not Load.APPEND or day_in(pattern):
        return ()
    days = " or ".join(DAYS)
    said = f"options.{option}: found {pattern!r} with load append, which would add all files again each time"
    return (f"{said}; expected a name with {days}, or load snapshot",)


def folder_mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    """What is wrong with these options when they are held against the fields."""
    if not isinstance(options, FolderOptions):
        return ()
    needed = [f.name for f in dataset.fields if f.required and f.name in options.optional]
    wrong = [
        f"options.optional: found {n!r}, which the contract requires; expected fields that may be NULL" for n in needed
    ]
    if options.zip and options.gzip:
        wrong.append("options.zip: found beside options.gzip, expected one of them")
    if isinstance(options, PatternOptions):
        wrong += place_mistakes(options.folder, "pattern", options.pattern)
        wrong += again_and_again(dataset, "pattern", options.pattern)
        wrong += unknown_fields(dataset, "fill_down", options.fill_down)
    wrong += unknown_fields(dataset, "optional", options.optional)
    wrong += unknown_fields(dataset, "numbers", tuple(options.numbers))
    return tuple(wrong)
