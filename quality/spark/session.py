"""The Spark session that a check works in: local by default, a cluster where the operator names its master.

Nothing here loads pyspark before it is wanted; it is an extra of its own (`yishu[spark]`) and needs Java.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import NotReady

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

INSTALL = "install yishu[spark] (python -m pip install --require-hashes -r requirements-spark.lock)"
JAVA = "install a Java runtime, 17 or 21 (Debian: apt-get install default-jre-headless), or set JAVA_HOME"
PARTITIONS = "8"
"""Of a shuffle on one machine; 200, Spark's own number, are for a cluster."""
OURS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "Asia/Shanghai",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.datetimeRebaseModeInRead": "CORRECTED",
    "spark.sql.parquet.datetimeRebaseModeInWrite": "CORRECTED",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
}
"""What a verdict depends on: the same calendar, zone and types as everywhere else; sums that overflow are errors."""


def missing() -> str:
    """What must be done before Spark can run here; empty where nothing must."""
    if find_spec("pyspark") is None:
        return f"pyspark is not installed: {INSTALL}"
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin" / "java").is_file()):
        return f"no Java was found: {JAVA}"
    return ""


@contextmanager
def opened(master: str, scratch: Path) -> Iterator["SparkSession"]:
    """The session of this process, or a new one that is stopped afterwards. NotReady where there can be none."""
    why = missing()
    if why:
        raise NotReady(f"Spark cannot run here: {why}")
    from pyspark.sql import SparkSession

    there = SparkSession.getActiveSession()
    if there is not None:
        yield there
        return
    session = _start(master, scratch)
    try:
        yield session
    finally:
        session.stop()


def _start(master: str, scratch: Path) -> "SparkSession":
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    if master.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # no setting of a session's is heeded here
    builder = SparkSession.builder.master(master).appName("yishu")
    for word, value in settings(master, scratch).items():
        builder = builder.config(word, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError) as wrong:
        said = str(wrong).strip().split("\n", 1)[0]
        raise NotReady(f"YISHU_SPARK_MASTER: Spark did not start at {master}: {said}; {JAVA}") from wrong


def settings(master: str, scratch: Path) -> Mapping[str, str]:
    """Ours, and on one machine also: loopback only, few partitions, files below `scratch`."""
    if not master.startswith("local"):
        return OURS
    return {
        **OURS,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "2g",
        "spark.local.dir": str(scratch / "spark"),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.shuffle.partitions": PARTITIONS,
    }
