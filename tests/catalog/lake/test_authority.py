"""A lake in a bucket whose store has a certificate of the city's own authority."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from pyarrow import fs

from catalog.lake.bucket import Bucket, reached
from catalog.lake.where import open_lake
from cli.airflow_home import of_yishu
from cli.doctor import Sign, examine
from cli.door import Door
from schemas.errors import LakeUnreachable
from schemas.settings import Settings, read_settings
from tests import s3
from tests.clients.environment import NotMade
from tests.connectors.certificate import certificate


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Endpoint of a real server under TLS, with the bucket `city`."""
    for name, value in s3.KEYS.items():
        monkeypatch.setenv(name, value)
    pem = certificate(tmp_path / "city-ca.pem")
    try:
        with s3.running(tmp_path / "log", tls=pem) as made:
            where = f"localhost:{made.port}"
            system = fs.S3FileSystem(
                endpoint_override=where, region="us-east-1", tls_ca_file_path=str(pem), allow_bucket_creation=True
            )
            system.create_dir("city")
            yield f"https://{where}"
    except NotMade as wrong:
        s3.not_made(wrong)


def environment(store: str, home: Path, ca: Path | None) -> dict[str, str]:
    names = {"YISHU_HOME": str(home), "YISHU_LAKE_URL": "s3://city/yishu", "YISHU_S3_ENDPOINT": store}
    return names | {"YISHU_S3_REGION": "us-east-1", "YISHU_S3_CA": str(ca or "")}


def told(store: str, home: Path, ca: Path | None) -> Settings:
    return read_settings(environment(store, home, ca), home)


def bucket(settings: Settings) -> Bucket:
    lake = open_lake(settings)
    assert isinstance(lake, Bucket)
    return lake


def test_a_lake_is_reached_by_the_authority_that_is_named(store: str, tmp_path: Path) -> None:
    settings = told(store, tmp_path, tmp_path / "city-ca.pem")
    lake = bucket(settings)
    assert lake.answers()
    with lake.system.open_output_stream("city/yishu/a") as out:
        out.write(b"rows")
    assert lake.system.get_file_info("city/yishu/a").size == 4
    assert of_yishu(settings)["YISHU_S3_CA"] == str(tmp_path / "city-ca.pem"), "runs of Airflow are told it, too"


@pytest.mark.parametrize("another", [False, True])
def test_a_lake_whose_certificate_nobody_trusts_is_not_reached(store: str, tmp_path: Path, another: bool) -> None:
    ca = certificate(tmp_path / "other.pem") if another else None
    lake = bucket(told(store, tmp_path, ca))
    assert not lake.answers()
    with (
        pytest.raises(LakeUnreachable, match="put the authority's PEM into the file that YISHU_S3_CA names"),
        reached("city"),
    ):
        lake.system.get_file_info("city")


def test_a_lake_at_another_name_than_its_certificate_s_is_told_so(store: str, tmp_path: Path) -> None:
    lake = bucket(told(store.replace("localhost", "127.0.0.1"), tmp_path, tmp_path / "city-ca.pem"))
    with (
        pytest.raises(LakeUnreachable, match=r"another host: let YISHU_S3_ENDPOINT be .* ask whoever runs the store"),
        reached("city"),
    ):
        lake.system.get_file_info("city")


def test_an_authority_that_is_gone_while_a_lake_is_open_is_told(store: str, tmp_path: Path) -> None:
    lake = bucket(told(store, tmp_path, ca := certificate(tmp_path / "mine.pem")))
    ca.write_text("")
    with pytest.raises(LakeUnreachable, match=r"into the file that YISHU_S3_CA names"), reached("city"):
        lake.system.get_file_info("city")


def seen(names: dict[str, str], home: Path) -> Sign:
    """What the doctor says of the lake."""
    return next(one for one in examine(Door(names, home, datetime.now)) if one.name == "lake")


def test_the_doctor_says_what_was_found_of_a_lake(store: str, tmp_path: Path) -> None:
    ca, other = tmp_path / "city-ca.pem", certificate(tmp_path / "other.pem")
    assert seen(environment(store, tmp_path, ca), tmp_path) == Sign("lake", True, "s3://city/yishu")
    untrusted = seen(environment(store, tmp_path, other), tmp_path)
    assert not untrusted.well
    assert "put the authority's PEM into the file that YISHU_S3_CA names" in untrusted.said
    gone = seen(environment(store, tmp_path, ca) | {"YISHU_LAKE_URL": "s3://village/yishu"}, tmp_path)
    assert gone == Sign(
        "lake", False, "s3://village: there is no bucket of that name; make it, or correct YISHU_LAKE_URL"
    )


class Closed:
    """A store that takes our secret for a wrong one."""

    def get_file_info(self, _: str) -> None:
        raise OSError("When getting information for bucket 'city': AWS Error ACCESS_DENIED during HeadBucket operation")


def test_a_lake_that_does_not_let_us_in_is_told_in_the_store_s_words(tmp_path: Path) -> None:
    lake = bucket(told("https://store", tmp_path, None))
    shut = replace(lake, system=Closed())  # type: ignore[arg-type] # all that is asked of it
    assert not shut.answers()
    with pytest.raises(LakeUnreachable, match=r"s3://city: .*ACCESS_DENIED.*; look at .* the credentials of AWS"):
        shut.look()
