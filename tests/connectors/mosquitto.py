"""A real MQTT broker as a child process: Mosquitto on a free port of this machine."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

SETTINGS = """\
listener {port} 127.0.0.1
allow_anonymous {anonymous}
max_queued_messages 0
{more}
"""


@dataclass
class Broker:
    """Stopped and started again on the same port; what it keeps on its disk is up to its settings."""

    program: str
    folder: Path
    port: int
    more: str = ""
    anonymous: bool = True
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        file = self.folder / "mosquitto.conf"
        told = str(self.anonymous).lower()
        file.write_text(SETTINGS.format(port=self.port, more=self.more, anonymous=told), encoding="utf-8")
        log = (self.folder / "mosquitto.log").open("ab")
        self.process = subprocess.Popen([self.program, "-c", str(file)], stdout=log, stderr=log)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            with socket.socket() as tried:
                if tried.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        pytest.fail((self.folder / "mosquitto.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def send(self, messages: Iterable[tuple[str, bytes]], *, retain: bool = False, qos: int = 1) -> None:
        """In this order; back when the broker has all of them."""
        with self.client("sender") as client:
            told = [client.publish(topic, payload, qos, retain) for topic, payload in messages]
            for one in told:
                one.wait_for_publish(30)

    def retained(self, topics: str = "#") -> dict[str, bytes]:
        """What the broker keeps as the last word of each topic."""
        found: dict[str, bytes] = {}
        with self.client("looker") as client:
            client.on_message = lambda _client, _data, message: found.__setitem__(message.topic, message.payload)
            client.subscribe(topics, 1)
            time.sleep(0.2)
        return found

    def forget(self, client_id: str) -> None:
        """The broker drops the session of a client and all that waits in it."""
        with self.client(client_id):
            pass

    @contextmanager
    def client(self, client_id: str) -> Iterator[Any]:
        """A clean session that ends with the block."""
        client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5)
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call] # theirs
        properties.SessionExpiryInterval = 0
        client.connect("127.0.0.1", self.port, clean_start=True, properties=properties)
        client.loop_start()
        while not client.is_connected():
            time.sleep(0.005)
        yield client
        client.disconnect()
        client.loop_stop()


@contextmanager
def mosquitto(folder: Path, more: str = "", *, anonymous: bool = True) -> Iterator[Broker]:
    """Running; skipped loudly where it is not installed, an error under CI."""
    program = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        told = "mosquitto was not found on PATH nor in /usr/sbin"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(f"NOT TESTED WITH MQTT: {told}")
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    broker = Broker(program, folder, port, more, anonymous)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
