"""Divisions that an installation adds, the whole tree, and the file of codes for quality."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from catalog.shelf import Shelf
from schemas.access import Tier
from schemas.division import Change, Division, Lineage
from schemas.divisions import shipped
from schemas.errors import BadInput
from tests.builders import NOW, TENGZHOU, make_dataset

TOWN = Division("370481103000", "官桥镇", Tier.TOWN, TENGZHOU)
VILLAGE = Division("370481103205", "示例村", Tier.VILLAGE, TOWN.code)


def codes(shelf: Shelf) -> set[str]:
    (file,) = shelf.references(make_dataset())["divisions"]
    return set(pq.read_table(file).column("code").to_pylist())


def test_what_is_imported_stands_beside_what_the_package_carries(shelf: Shelf) -> None:
    assert shelf.tree() is shipped()
    assert shelf.import_divisions((TOWN, VILLAGE), NOW) == 2
    tree = shelf.tree()
    assert tree.name(VILLAGE.code) == "示例村"
    assert tree.within(VILLAGE.code, TENGZHOU)
    assert tree.name(TENGZHOU) == shipped().name(TENGZHOU)
    assert shelf.tree() is tree


def test_importing_the_same_again_changes_nothing(shelf: Shelf) -> None:
    shelf.import_divisions((TOWN, VILLAGE), NOW)
    tree = shelf.tree()
    assert shelf.import_divisions((TOWN, VILLAGE), NOW) == 0
    assert shelf.tree() is tree


def test_a_change_of_codes_is_followed(shelf: Shelf) -> None:
    retired = Division("370481103206", "旧示例村", Tier.VILLAGE, TOWN.code, valid_to=date(2026, 1, 1))
    merged = Lineage(retired.code, VILLAGE.code, date(2026, 1, 1), Change.MERGE)
    assert shelf.import_divisions((TOWN, VILLAGE, retired), NOW, (merged,)) == 4
    assert shelf.tree().within(retired.code, VILLAGE.code, date(2026, 11, 20))


def test_the_file_of_codes_follows_the_tree(shelf: Shelf) -> None:
    before = codes(shelf)
    assert TENGZHOU in before
    assert "371202000000" in before, "a retired code was known once"
    file = shelf.lake / "reference" / "divisions.parquet"
    written = file.stat().st_mtime_ns
    assert codes(shelf) == before
    assert file.stat().st_mtime_ns == written
    shelf.import_divisions((TOWN, VILLAGE), NOW)
    assert codes(shelf) == before | {TOWN.code, VILLAGE.code}


def test_divisions_that_make_no_tree_are_refused_and_nothing_is_stored(shelf: Shelf) -> None:
    one = Division(TOWN.code, "甲镇", Tier.TOWN, TENGZHOU, valid_from=date(2000, 1, 1))
    other = Division(TOWN.code, "乙镇", Tier.TOWN, TENGZHOU, valid_from=date(2001, 1, 1), valid_to=date(2005, 1, 1))
    shelf.import_divisions((one,), NOW)
    with pytest.raises(BadInput, match="nothing was added"):
        shelf.import_divisions((other, VILLAGE), NOW)
    assert not shelf.tree().known(VILLAGE.code)
