"""Datasets, their rows and their departments as CKAN's packages, resources and organisations."""

from collections.abc import Mapping
from datetime import UTC

from api.ckan.downloads import Links
from api.ckan.naming import package_name
from api.language import pick
from catalog.newest import Newest
from catalog.rule.words import SHARING
from catalog.search import Found
from schemas.dataset import Dataset, Json, Sharing


def package(dataset: Dataset, newest: Newest | None, links: Links, lang: str) -> dict[str, Json]:
    """One dataset; without a published version it has no resource."""
    came = _moment(newest)
    resources = [resource(dataset, links, lang) | {"last_modified": came}] if newest else []
    extras = {
        "sharing_class": dataset.sharing.value,
        "sharing_condition": dataset.sharing_condition,
        "update_cycle": dataset.update_cycle,
        "division": dataset.division,
        "contract_version": dataset.version,
    }
    return {
        "id": dataset.key,
        "name": package_name(dataset),
        "title": pick(lang, dataset.title, dataset.title_en),
        "notes": pick(lang, dataset.description, dataset.description_en),
        "type": "dataset",
        "state": "active",
        "private": dataset.sharing is not Sharing.OPEN,
        "isopen": dataset.sharing is Sharing.OPEN,
        "license_title": pick(lang, *SHARING[dataset.sharing.value]),
        "version": str(newest.version) if newest else None,
        "metadata_modified": came,
        "owner_org": dataset.department,
        "organization": organisation(dataset.department, dataset.owner_name),
        "author": dataset.owner_name,
        "tags": [{"name": tag, "display_name": tag} for tag in dataset.tags],
        "num_tags": len(dataset.tags),
        "groups": [],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "resources": resources,
        "num_resources": len(resources),
        "url": f"{links.base}/datasets/{dataset.key}",
    }


def resource(dataset: Dataset, links: Links, lang: str) -> dict[str, Json]:
    """The rows of a dataset: in the DataStore, and as a file."""
    return {
        "id": dataset.key,
        "package_id": dataset.key,
        "name": pick(lang, dataset.title, dataset.title_en),
        "format": "CSV",
        "mimetype": "text/csv",
        "url": links.of(dataset),
        "url_type": "datastore",
        "datastore_active": True,
        "state": "active",
        "position": 0,
    }


def organisation(department: str, title: str, packages: int | None = None) -> dict[str, Json]:
    """The first part of the keys, and the names of those who provide under it."""
    told: dict[str, Json] = {
        "id": department,
        "name": department,
        "title": title,
        "display_name": title,
        "type": "organization",
        "is_organization": True,
        "state": "active",
    }
    return told if packages is None else told | {"package_count": packages}


def facets(found: Found, names: Mapping[str, str]) -> dict[str, Json]:
    """CKAN's `search_facets`, of ours that go by other names."""
    told = {name: [(value, found.departments.get(value, value) if of == "department" else value, count)
                   for value, count in found.facets[of]] for name, of in names.items()}  # fmt: skip
    return {
        name: {"title": name, "items": [{"name": value, "display_name": shown, "count": n} for value, shown, n in some]}
        for name, some in told.items()
    }


def _moment(newest: Newest | None) -> str | None:
    """CKAN's moments are UTC without an offset."""
    return newest.came.astimezone(UTC).replace(tzinfo=None).isoformat() if newest else None
