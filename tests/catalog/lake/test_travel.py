"""What goes on between a desk and its bucket is whole at every moment, since a step may be killed at any."""

from pathlib import Path

from pyarrow import fs

from catalog.lake.bucket import Bucket
from catalog.lake.cache import Cache
from catalog.lake.travel import move_landing


class Watched(Bucket):
    """Tells what lies there after each thing done: what a kill would leave."""

    def copy(self, old: str, new: str) -> None:
        Bucket.copy(self, old, new)
        self.look()

    def rename(self, old: str, new: str) -> None:
        Bucket.rename(self, old, new)
        self.look()

    def look(self) -> None:
        for manifest in Path(self.root).rglob("manifest.json"):
            assert manifest.with_name("plan.json").read_text() == "plan", f"a kill now leaves {manifest} without plan"


def test_a_landing_that_is_set_aside_is_never_without_its_plan(tmp_path: Path) -> None:
    there, aside = (tmp_path / "far" / name for name in ("window", ".window.aside"))
    there.mkdir(parents=True)
    aside.mkdir()
    (there / "plan.json").write_text("plan")
    (there / "manifest.json").write_text("manifest")
    bucket = Watched(fs.LocalFileSystem(), str(tmp_path / "far"), tmp_path, Cache(tmp_path / "cache", 1 << 20))
    move_landing(bucket, "window", ".window.aside")
    assert not list(there.iterdir())
    assert sorted(file.name for file in aside.iterdir()) == ["manifest.json", "plan.json"]
