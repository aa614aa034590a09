"""The settings of an installation: environment first, then `yishu.toml` in the home, then the embedded default."""

import re
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from schemas.engine import EMBEDDED, LOCAL, Cluster
from schemas.errors import BadInput, NotReady
from schemas.push import USUAL, Limits
from schemas.targets import ANYWHERE, Targets, read_domains, read_targets


@dataclass(frozen=True, slots=True)
class BucketAt:
    """A lake in an object store that speaks S3. Who asks for it is told by the usual variables of AWS, not here."""

    root: str
    """Bucket, and prefix where there is one."""
    endpoint: str = ""
    """`http://host:port` or `https://…` of a store that is not Amazon's."""
    region: str = ""
    ca: str = ""
    """File of the store's own authority, PEM; empty where the machine trusts it by itself."""
    cache: int = 10 << 30
    """Bytes of copies that are kept on this machine's disk."""


@dataclass(frozen=True, slots=True)
class Collector:
    """Who is told what runs made of what, in OpenLineage's words; nobody where `url` is empty."""

    url: str = ""
    key: str = field(default="", repr=False)
    """Sent as a bearer credential where there is one."""
    namespace: str = "yishu"
    """Under which datasets of this catalogue go, in events out and in."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One installation. Paths are absolute."""

    home: Path
    database_url: str
    lake: Path
    """The folder of the lake; where that lies in a bucket, of what is being worked on."""
    contracts: tuple[Path, ...]
    host: str
    port: int
    lang: str
    spark: Cluster = EMBEDDED
    targets: Targets = ANYWHERE
    """Where webhooks may go."""
    mail_domains: tuple[str, ...] = ()
    """Where e-mails may go; none: nowhere."""
    x_accel: str = ""
    """Internal address under which nginx has the folder of kept files; empty: the API sends every byte itself."""
    requests_per_second: int = 500
    """Of one credential in one serving process; 0 means unlimited."""
    bucket: BucketAt | None = None
    """Where the lake lies; None where it is a folder."""
    openlineage: Collector = Collector()
    pushes: Limits = USUAL

    @property
    def lake_url(self) -> str:
        """The setting that names the lake, as an absolute one."""
        return str(self.lake) if self.bucket is None else f"{S3}{self.bucket.root}"

    @property
    def registry(self) -> Path:
        """Folder of the compiled contracts, one JSON file per department."""
        return self.home / "registry"

    @property
    def secrets(self) -> Path:
        """Folder of generated secrets, readable by its owner only."""
        return self.home / "secrets"


S3 = "s3://"
SHIPPED_CONTRACTS = Path(__file__).parent / "contracts"
NAMES = (
    *("YISHU_DATABASE_URL", "YISHU_LAKE_URL", "YISHU_CONTRACTS", "YISHU_HOST", "YISHU_PORT", "YISHU_LANG"),
    *("YISHU_SPARK_MASTER", "YISHU_SPARK_ROWS", "YISHU_WEBHOOK_TARGETS", "YISHU_MAIL_DOMAINS"),
    "YISHU_REQUESTS_PER_SECOND",
    "YISHU_X_ACCEL",
    *("YISHU_S3_ENDPOINT", "YISHU_S3_REGION", "YISHU_S3_CA", "YISHU_S3_CACHE_GB"),
    *("YISHU_PUSH_MB", "YISHU_PUSHES_PER_SECOND", "YISHU_PUSHES_AT_ONCE"),
    *("YISHU_OPENLINEAGE_URL", "YISHU_OPENLINEAGE_KEY", "YISHU_OPENLINEAGE_NAMESPACE"),
)
LANGUAGES = ("zh-CN", "en")


def read_settings(environment: Mapping[str, str], working: Path) -> Settings:
    """Settings from `environment` and `<home>/yishu.toml`; relative paths count from `working`.

    Raises BadInput for a value that does not fit, naming what was expected.
    """
    home = (working / environment.get("YISHU_HOME", ".yishu")).resolve()
    told = _toml(home / "yishu.toml") | {k: v for k, v in environment.items() if k in NAMES and v}
    lang = told.get("YISHU_LANG", "zh-CN")
    if lang not in LANGUAGES:
        raise BadInput(f"YISHU_LANG: found {lang!r}, expected one of {', '.join(LANGUAGES)}")
    folders = [f for f in told.get("YISHU_CONTRACTS", "").split(":") if f]
    return Settings(
        home=home,
        database_url=told.get("YISHU_DATABASE_URL") or f"sqlite:///{home / 'catalogue.db'}",
        lake=_lake(told.get("YISHU_LAKE_URL", ""), home, working),
        contracts=tuple((working / f).resolve() for f in folders) or (SHIPPED_CONTRACTS,),
        host=told.get("YISHU_HOST", "127.0.0.1"),
        port=_port(told.get("YISHU_PORT", "8000")),
        lang=lang,
        spark=_cluster(told),
        bucket=_bucket(told),
        targets=read_targets(told.get("YISHU_WEBHOOK_TARGETS", "")),
        mail_domains=read_domains(told.get("YISHU_MAIL_DOMAINS", "")),
        requests_per_second=_number("YISHU_REQUESTS_PER_SECOND", told, "500", "requests, or 0 for no limit"),
        x_accel=_x_accel(told.get("YISHU_X_ACCEL", "")),
        openlineage=_collector(told),
        pushes=_pushes(told),
    )


def _toml(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput(f"{file}: expected TOML: {wrong}") from wrong
    strange = [k for k in told if k not in NAMES]
    if strange:
        raise BadInput(f"{file}: unknown settings {', '.join(strange)}; expected {', '.join(NAMES)}")
    return {k: str(v) for k, v in told.items()}


def _cluster(told: Mapping[str, str]) -> Cluster:
    rows = _number("YISHU_SPARK_ROWS", told, "0", "rows, or 0 for never")
    return Cluster(told.get("YISHU_SPARK_MASTER", LOCAL), rows)


def _number(name: str, told: Mapping[str, str], otherwise: str, of: str) -> int:
    found = told.get(name, otherwise)
    if not found.isascii() or not found.isdigit() or len(found) > 15:
        raise BadInput(f"{name}: found {found!r}, expected a number of {of}")
    return int(found)


def _pushes(told: Mapping[str, str]) -> Limits:
    megabytes = _number("YISHU_PUSH_MB", told, "64", "megabytes")
    at_once = _number("YISHU_PUSHES_AT_ONCE", told, "4", "pushes")
    if not 0 < megabytes <= 4096 or not at_once:
        raise BadInput("YISHU_PUSH_MB and YISHU_PUSHES_AT_ONCE: expected 1 to 4096 megabytes and at least one push")
    per_second = _number("YISHU_PUSHES_PER_SECOND", told, "10", "pushes, or 0 for no limit")
    return Limits(megabytes << 20, per_second, at_once)


def _collector(told: Mapping[str, str]) -> Collector:
    url, namespace = told.get("YISHU_OPENLINEAGE_URL", ""), told.get("YISHU_OPENLINEAGE_NAMESPACE", "yishu")
    if url and not re.fullmatch(r"https?://[^?#@\s]+", url):
        raise BadInput(f"YISHU_OPENLINEAGE_URL: found {url!r}, expected http(s)://host/path, or nothing")
    if not re.fullmatch(r"[A-Za-z0-9._:/-]{1,100}", namespace):
        raise BadInput(f"YISHU_OPENLINEAGE_NAMESPACE: found {namespace!r}, expected letters, digits and . _ : / -")
    return Collector(url.rstrip("/"), told.get("YISHU_OPENLINEAGE_KEY", ""), namespace)


def _x_accel(text: str) -> str:
    if text and not re.fullmatch(r"/([A-Za-z0-9_-]+/)+", text):
        raise BadInput(f"YISHU_X_ACCEL: found {text!r}, expected an address such as /kept/, or nothing")
    return text


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise BadInput(f"YISHU_PORT: found {text!r}, expected a number from 1 to 65535")
    return int(text)


def _lake(url: str, home: Path, working: Path) -> Path:
    if not url or url.startswith(S3):
        return home / "lake"
    if url.startswith("file://"):
        url = url.removeprefix("file://")
    if "://" in url:
        raise NotReady(f"YISHU_LAKE_URL: found {url!r}, expected a path, file://… or s3://bucket/prefix")
    return (working / url).resolve()


def _bucket(told: Mapping[str, str]) -> BucketAt | None:
    url, endpoint = told.get("YISHU_LAKE_URL", ""), told.get("YISHU_S3_ENDPOINT", "")
    if not url.startswith(S3):
        return None
    root = url.removeprefix(S3).strip("/")
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._=-]+)*", root):
        raise BadInput(f"YISHU_LAKE_URL: found {url!r}, expected s3://bucket or s3://bucket/prefix")
    if endpoint and not re.fullmatch(r"https?://[^/?#@]+", endpoint):
        raise BadInput(f"YISHU_S3_ENDPOINT: found {endpoint!r}, expected http://host:port or https://host")
    cache = told.get("YISHU_S3_CACHE_GB", "10")
    if not re.fullmatch(r"[0-9]{1,6}", cache):
        raise BadInput(f"YISHU_S3_CACHE_GB: found {cache!r}, expected a whole number of gigabytes")
    ca = _authority(told.get("YISHU_S3_CA", ""), endpoint)
    return BucketAt(root, endpoint, told.get("YISHU_S3_REGION", ""), ca, int(cache) << 30)


def _authority(ca: str, endpoint: str) -> str:
    """The file of a store's authority, which must hold one; a store in the clear is asked by nobody who names one."""
    if not ca:
        return ""
    if endpoint.startswith("http://"):
        raise BadInput(
            f"YISHU_S3_CA is of TLS, and YISHU_S3_ENDPOINT {endpoint!r} is in the clear; expected https://… there, or "
            "no YISHU_S3_CA"
        )
    expected = f"YISHU_S3_CA: found {ca!r}, expected the whole path of a PEM file with the store's authority"
    if not ca.startswith("/"):
        raise BadInput(expected)
    try:
        ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as wrong:
        raise BadInput(f"{expected}: {wrong}") from wrong
    return ca
