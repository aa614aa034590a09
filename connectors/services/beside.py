"""A file that lies beside a contract, such as the description of a service."""

import os
from pathlib import Path

from schemas.dataset import Dataset
from schemas.errors import NotReady
from schemas.settings import read_settings


def beside(dataset: Dataset, name: str) -> Path:
    """The file of that name in the folder of the dataset's contract; NotReady where there is none."""
    department = Path(dataset.contract_file).parent
    folders = read_settings(os.environ, Path.cwd()).contracts
    for folder in folders:
        for place in (folder / department, folder):
            found = (place / name).resolve()
            if place.name == department.name and found.is_file() and found.is_relative_to(place.resolve()):
                return found
    listed = ", ".join(str(folder) for folder in folders)
    raise NotReady(f"{dataset.key}: no file {name!r} beside the contract {dataset.contract_file!r} in {listed}")
