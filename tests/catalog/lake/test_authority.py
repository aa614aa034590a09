"""A lake in a bucket whose store has a certificate of the city's own authority."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from catalog.lake.bucket import Bucket, reached
from catalog.lake.where import open_lake
from cli.airflow_home import of_yishu
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
        pytest.skip(f"NOT TESTED ON S3: {wrong}")


def told(store: str, home: Path, ca: Path | None) -> Settings:
    names = {"YISHU_HOME": str(home), "YISHU_LAKE_URL": "s3://city/yishu", "YISHU_S3_ENDPOINT": store}
    names |= {"YISHU_S3_REGION": "us-east-1", "YISHU_S3_CA": str(ca or "")}
    return read_settings(names, home)


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
