"""The shape of a contract's source options: strict, closed, and read the same way by every kind."""

import json
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from schemas.dataset import Dataset

Shape = TypeVar("Shape", bound=BaseModel)


class Options(BaseModel):
    """Base of all kinds' options: an unknown name is a mistake, and `"1"` is not a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def read_options(model: type[Shape], dataset: Dataset) -> Shape:
    """The contract's options as `model`; pydantic's ValidationError carries every mistake."""
    return model.model_validate_json(json.dumps(dict(dataset.source.options)), strict=True)


def unknown_fields(dataset: Dataset, option: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """One mistake for each name in `option` that is no field of the dataset."""
    valid = [f.name for f in dataset.fields]
    return tuple(
        f"options.{option}: found {name!r}, expected one of {', '.join(valid)}" for name in names if name not in valid
    )
