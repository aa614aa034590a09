"""A Kafka cluster inside this process: librdkafka's own mock broker, which speaks the protocol on a real socket."""

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import confluent_kafka
from confluent_kafka import Producer

TOPIC = "sensors"


@dataclass(slots=True)
class MockKafka:
    """Lives as long as it is not `close`d; other processes reach it at `host` and `port`."""

    library: Any
    handle: Any
    cluster: Any
    producer: Producer
    host: str
    port: int

    def create(self, topic: str = TOPIC, partitions: int = 1) -> None:
        assert self.library.rd_kafka_mock_topic_create(self.cluster, topic.encode(), partitions, 1) == 0

    def delete(self, topic: str = TOPIC) -> None:
        assert self.library.rd_kafka_mock_topic_delete(self.cluster, topic.encode()) == 0

    def expire(self, before: int, topic: str = TOPIC, partition: int = 0) -> None:
        """Retention has removed what lies before an offset."""
        removed = self.library.rd_kafka_mock_partition_delete_records(self.cluster, topic.encode(), partition, before)
        assert removed == 0

    def down(self) -> None:
        self.library.rd_kafka_mock_broker_set_down(self.cluster, 1)

    def up(self) -> None:
        self.library.rd_kafka_mock_broker_set_up(self.cluster, 1)

    def send(
        self, values: Iterable[bytes | None], topic: str = TOPIC, partition: int = 0, key: bytes | None = None
    ) -> None:
        """Puts messages into one partition; the n-th has a timestamp of n ms after 2026-11-20T00:00:00Z."""
        for number, value in enumerate(values):
            moment = 1_795_132_800_000 + number
            self.producer.produce(topic, value, key, partition, timestamp=moment, headers={"site": b"zaozhuang"})
            self.producer.poll(0)
        assert self.producer.flush(30) == 0

    def close(self) -> None:
        self.library.rd_kafka_mock_cluster_destroy(self.cluster)
        self.library.rd_kafka_destroy(self.handle)


@contextmanager
def mock_kafka() -> Iterator[MockKafka]:
    """A cluster of one broker, without topics."""
    running = start()
    try:
        yield running
    finally:
        running.close()


def start() -> MockKafka:
    """A cluster of one broker; `close` it."""
    library = _library()
    wrong = ctypes.create_string_buffer(512)
    configured = library.rd_kafka_conf_new()
    library.rd_kafka_conf_set(configured, b"log_level", b"0", wrong, len(wrong))
    handle = library.rd_kafka_new(0, configured, wrong, len(wrong))
    assert handle, wrong.value
    cluster = library.rd_kafka_mock_cluster_new(handle, 1)
    library.rd_kafka_mock_set_controller_id(cluster, 1)
    host, _, port = library.rd_kafka_mock_cluster_bootstraps(cluster).decode().partition(":")
    producer = Producer({"bootstrap.servers": f"{host}:{port}", "log_level": 0, "acks": "all"})
    return MockKafka(library, handle, cluster, producer, host, int(port))


def _library() -> Any:
    (file,) = Path(confluent_kafka.__file__).parent.parent.glob("confluent_kafka.libs/librdkafka*.so*")
    library = ctypes.CDLL(str(file))
    handle, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    shapes: dict[str, tuple[Any, list[Any]]] = {
        "rd_kafka_conf_new": (handle, []),
        "rd_kafka_conf_set": (number, [handle, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (handle, [number, handle, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [handle]),
        "rd_kafka_mock_cluster_new": (handle, [handle, number]),
        "rd_kafka_mock_cluster_destroy": (None, [handle]),
        "rd_kafka_mock_cluster_bootstraps": (text, [handle]),
        "rd_kafka_mock_set_controller_id": (number, [handle, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (number, [handle, text, number, number]),
        "rd_kafka_mock_topic_delete": (number, [handle, text]),
        "rd_kafka_mock_partition_delete_records": (number, [handle, text, ctypes.c_int32, ctypes.c_int64]),
        "rd_kafka_mock_broker_set_down": (number, [handle, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_up": (number, [handle, ctypes.c_int32]),
    }
    for name, (returned, taken) in shapes.items():
        function = getattr(library, name)
        function.restype, function.argtypes = returned, taken
    return library
