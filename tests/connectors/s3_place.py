"""A bucket of a real S3 server as a place of files, over a line that can be cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pyarrow import fs

from schemas.connection import Connection
from tests.connectors.far_place import OLD, PASSWORD, FarPlace
from tests.s3 import S3, Tap


@dataclass
class S3Far(FarPlace):
    """A folder of one bucket; the store sets the time of what is put."""

    tap: Tap | None = None
    store: fs.S3FileSystem = field(default=None)
    root: str = ""

    def put(self, name: str, content: bytes, when: datetime = OLD) -> None:
        with self.store.open_output_stream(f"{self.root}/{name}") as out:
            out.write(content)

    def remove(self, name: str) -> None:
        self.store.delete_file(f"{self.root}/{name}")

    def state(self) -> object:
        found = self.store.get_file_info(fs.FileSelector(self.root, allow_not_found=True))
        return sorted((one.path, one.size, one.mtime_ns) for one in found)


@contextmanager
def s3_place(server: S3) -> Iterator[S3Far]:
    """A fresh bucket."""
    tap, bucket = Tap(server.port), server.make_bucket()
    extra = {"bucket": bucket, "folder": "drop", "endpoint_url": tap.endpoint, "region_name": "us-east-1"}
    told = Connection("bucket", "aws", login="tests", password=PASSWORD, extra=extra)
    store = fs.S3FileSystem(
        access_key="tests", secret_key=PASSWORD, region="us-east-1", endpoint_override=server.endpoint
    )
    yield S3Far(Path(), told, tap=tap, store=store, root=f"{bucket}/drop")
    tap.close()
