"""Where a lake may lie, and what is said of a place that is none."""

from pathlib import Path

import pytest

from schemas.errors import BadInput, NotReady
from schemas.push import Limits
from schemas.settings import BucketAt, read_settings


def test_a_folder_by_default_by_path_and_by_url(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for told, lake in (
        ("", home / "lake"),
        ("there", tmp_path / "there"),
        (f"file://{tmp_path}/here", tmp_path / "here"),
    ):
        settings = read_settings({"YISHU_HOME": str(home), "YISHU_LAKE_URL": told}, tmp_path)
        assert (settings.lake, settings.bucket, settings.lake_url) == (lake, None, str(lake))


def test_a_bucket_has_its_desk_in_the_home(tmp_path: Path) -> None:
    told = {"YISHU_HOME": str(tmp_path), "YISHU_LAKE_URL": "s3://city/yishu/a=1/", "YISHU_S3_CACHE_GB": "3"}
    settings = read_settings(told | {"YISHU_S3_ENDPOINT": "http://127.0.0.1:9000", "YISHU_S3_REGION": "here"}, tmp_path)
    assert settings.bucket == BucketAt("city/yishu/a=1", "http://127.0.0.1:9000", "here", cache=3 << 30)
    assert (settings.lake, settings.lake_url) == (tmp_path / "lake", "s3://city/yishu/a=1")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"YISHU_LAKE_URL": "s3://"}, "expected s3://bucket"),
        ({"YISHU_LAKE_URL": "s3://Bucket"}, "expected s3://bucket"),
        ({"YISHU_LAKE_URL": "s3://city//a"}, "expected s3://bucket"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_ENDPOINT": "127.0.0.1:9000"}, "expected http://host:port"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_ENDPOINT": "http://key:secret@host"}, "expected http://host:port"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": "/nowhere.pem"}, "expected the whole path of a PEM file"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": "setup.cfg"}, "PEM file with the store's authority$"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": __file__}, "expected .* PEM file .*: .*no certificate"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": "/" + 300 * "a"}, "expected .* PEM file .*too long"),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": "/a\0"}, "expected .* PEM file .*null"),
        (
            {"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CA": "/city.pem", "YISHU_S3_ENDPOINT": "http://store"},
            "YISHU_S3_CA is of TLS, and YISHU_S3_ENDPOINT 'http://store' is in the clear; expected https://",
        ),
        ({"YISHU_LAKE_URL": "s3://city/a", "YISHU_S3_CACHE_GB": "much"}, "expected a whole number"),
    ],
)
def test_what_is_no_bucket_is_said_at_the_start(told: dict[str, str], said: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=said):
        read_settings(told, tmp_path)


def test_another_kind_of_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotReady, match="gs://city"):
        read_settings({"YISHU_LAKE_URL": "gs://city/a"}, tmp_path)


def test_how_much_may_be_pushed_is_set(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path).pushes == Limits(64 << 20, 10, 4)
    told = {"YISHU_PUSH_MB": "1", "YISHU_PUSHES_PER_SECOND": "0", "YISHU_PUSHES_AT_ONCE": "2"}
    assert read_settings(told, tmp_path).pushes == Limits(1 << 20, 0, 2)


@pytest.mark.parametrize(
    "told", [{"YISHU_PUSH_MB": "0"}, {"YISHU_PUSH_MB": "9999"}, {"YISHU_PUSH_MB": "1.5"}, {"YISHU_PUSHES_AT_ONCE": "0"}]
)
def test_a_limit_of_pushes_that_cannot_be_is_refused(told: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="YISHU_PUSH"):
        read_settings(told, tmp_path)
