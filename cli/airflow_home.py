"""The embedded Airflow of an installation: its folder, its secrets, its settings. Nothing is started here."""

import json
import os
import secrets
import socket
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import dags
from schemas.errors import BadInput
from schemas.settings import BucketAt, Settings

SECRETS = (
    "AIRFLOW__API_AUTH__JWT_SECRET",
    "AIRFLOW__API__SECRET_KEY",
    "AIRFLOW__CORE__FERNET_KEY",
)
USER = "admin"


@dataclass(frozen=True, slots=True)
class AirflowHome:
    """Where the embedded Airflow keeps its things and where it answers."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Of its pages and its REST API; loopback only."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        """Airflow's own SQLite file, where nothing else was exported."""
        return self.folder / "airflow.db"

    @property
    def passwords(self) -> Path:
        """Who may log in to Airflow's pages, in plain text: a file for its owner only."""
        return self.folder / "simple_auth_manager_passwords.json.generated"


def free_port(wanted: int = 0) -> int:
    """`wanted` where nobody listens there on the loopback, else one that is free now."""
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return int(door.getsockname()[1])


def refusal(host: str, port: int) -> str:
    """Why nobody can listen at this address now, in the system's words; empty where it is free."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as taken:
            return taken.strerror or str(taken)
    return ""


def prepare(settings: Settings, port: int) -> AirflowHome:
    """Make the folder, the password file and the secrets where they are missing; a second start finds the first's."""
    folder = settings.home / "airflow"
    folder.mkdir(parents=True, exist_ok=True)
    home = AirflowHome(folder, port)
    if not home.passwords.exists():
        write_private(home.passwords, json.dumps({USER: secrets.token_urlsafe(18)}) + "\n")
    return home


def write_private(file: Path, text: str) -> None:
    """A new file that only its owner can read, whole or not at all."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def kept_secrets(settings: Settings) -> Mapping[str, str]:
    """The secrets that all of Airflow's processes share; generated once."""
    file = settings.secrets / "airflow.json"
    if not file.exists():
        keys = [secrets.token_urlsafe(64), secrets.token_urlsafe(64), urlsafe_b64encode(os.urandom(32)).decode()]
        write_private(file, json.dumps(dict(zip(SECRETS, keys, strict=True))))
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as wrong:
        raise BadInput(
            f"{file}: expected the JSON that was generated: {wrong}; delete it to get new secrets"
        ) from wrong
    return kept


def of_airflow(settings: Settings, home: AirflowHome) -> tuple[str, ...]:
    """Every secret that was generated for Airflow, so that a search can look for them."""
    passwords: dict[str, str] = json.loads(home.passwords.read_text(encoding="utf-8"))
    return (*kept_secrets(settings).values(), *passwords.values())


def environment(settings: Settings, home: AirflowHome, told: Mapping[str, str]) -> dict[str, str]:
    """What Airflow's processes are started with; whatever `told` (the user's own environment) says of Airflow wins."""
    ours = {
        "AIRFLOW_HOME": str(home.folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(Path(dags.__file__).parent),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "dags.executor.LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{home.url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        "AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(home.port),
        "AIRFLOW__API__BASE_URL": home.url,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.home / "logs" / "tasks"),
        **kept_secrets(settings),
    }
    return ours | dict(told) | of_yishu(settings)


def of_yishu(settings: Settings) -> dict[str, str]:
    """Our settings with absolute paths, so that every process finds the same home."""
    return {
        "YISHU_HOME": str(settings.home),
        "YISHU_DATABASE_URL": settings.database_url,
        "YISHU_LAKE_URL": settings.lake_url,
        **_of_bucket(settings.bucket),
        "YISHU_CONTRACTS": ":".join(str(folder) for folder in settings.contracts),
        "YISHU_HOST": settings.host,
        "YISHU_PORT": str(settings.port),
        "YISHU_LANG": settings.lang,
        "YISHU_SPARK_MASTER": settings.spark.master,
        "YISHU_SPARK_ROWS": str(settings.spark.rows),
        "YISHU_X_ACCEL": settings.x_accel,
    }


def _of_bucket(at: BucketAt | None) -> dict[str, str]:
    if at is None:
        return {}
    told = {"YISHU_S3_ENDPOINT": at.endpoint, "YISHU_S3_REGION": at.region, "YISHU_S3_CA": at.ca}
    told["YISHU_S3_CACHE_GB"] = str(at.cache >> 30)
    return {name: value for name, value in told.items() if value}
