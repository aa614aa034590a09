"""Files into a real S3 store (moto's server, in its own environment): whole, under their names, and read back."""

import hashlib
import json
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.outbox.place import open_place
from schemas.connection import Connection
from schemas.errors import NotReady, RecipientUnreachable
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.s3 import LOCK, running

pytestmark = pytest.mark.clients
BUCKET = "their-bucket"
PATH = "civil_affairs.low_income/v1/low_income.parquet"
PART = 5 << 20


@pytest.fixture(scope="module")
def program() -> Path:
    return skipped_unless_made("moto", lambda: environment(LOCK) / "python")


@pytest.fixture(scope="module")
def endpoint(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("moto") / "log") as server:
        made = urllib.request.Request(f"{server.endpoint}/{BUCKET}", method="PUT")
        urllib.request.urlopen(made, timeout=60).close()
        yield server.endpoint


def store(endpoint: str, **extra: Any) -> Connection:
    told = {"bucket": BUCKET, "folder": "from-yishu", "endpoint_url": endpoint, "region_name": "us-east-1"}
    return Connection("their_store", "aws", login="key", password="for-tests-only", extra=told | extra)


def by_boto3(program: Path, endpoint: str, code: str) -> str:
    """What those lines print, with AWS' own client at hand as `s3`."""
    begin = f"import boto3, hashlib; s3 = boto3.client('s3', endpoint_url={endpoint!r}, region_name='us-east-1');"
    env = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "for-tests-only", "NO_PROXY": "*"}
    done = subprocess.run(
        [program, "-c", begin + code],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def fetched(program: Path, endpoint: str, path: str) -> str:
    """Digest of an object."""
    get = f"print(hashlib.sha256(s3.get_object(Bucket={BUCKET!r}, Key={path!r})['Body'].read()).hexdigest())"
    return by_boto3(program, endpoint, get)


def names(program: Path, endpoint: str) -> set[str]:
    listing = f"print(*[one['Key'] for one in s3.list_objects_v2(Bucket={BUCKET!r}).get('Contents', [])], sep='\\n')"
    return set(by_boto3(program, endpoint, listing).splitlines())


def test_a_file_of_several_parts_is_put_and_got_back(endpoint: str, program: Path) -> None:
    pieces = [bytes([number]) * PART for number in range(4)]
    with open_place(store(endpoint)) as place:
        assert place.read(PATH, 100) is None
        place.put(PATH, iter(pieces))
        assert place.read(PATH, 3) == bytes(3)
    assert fetched(program, endpoint, f"from-yishu/{PATH}") == hashlib.sha256(b"".join(pieces)).hexdigest()
    assert f"from-yishu/{PATH}.part" not in names(program, endpoint)
    with open_place(store(endpoint)) as place:
        place.put(PATH, iter([b"again"]))
    assert fetched(program, endpoint, f"from-yishu/{PATH}") == hashlib.sha256(b"again").hexdigest()


def test_what_breaks_the_pieces_leaves_nothing_behind(endpoint: str, program: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield bytes(2 * PART)
        raise NotReady("the source is gone")

    with open_place(store(endpoint, folder="broken")) as place, pytest.raises(NotReady):
        place.put(PATH, broken())
    assert not {f"broken/{PATH}", f"broken/{PATH}.part"} & names(program, endpoint)


def test_a_store_that_is_not_there_and_a_bucket_that_is_none_are_unreachable(endpoint: str, program: Path) -> None:
    with open_place(store(endpoint, bucket="nobodys")) as place, pytest.raises(RecipientUnreachable, match="s3 "):
        place.put(PATH, iter([b"x"]))
    with pytest.raises(NotReady, match="bucket"), open_place(store(endpoint, bucket="")):
        pass


def test_a_marker_is_json_that_everybody_reads(endpoint: str, program: Path) -> None:
    with open_place(store(endpoint, folder="marked")) as place:
        place.put(f"{PATH}.ok", iter([json.dumps({"rows": 24}).encode()]))
        assert json.loads(place.read(f"{PATH}.ok", 1000) or b"") == {"rows": 24}
