"""One connection to an MQTT broker, driven by hand: nothing is acknowledged before whoever drives it says so."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from connectors.drivers import driver
from connectors.trust import EXTRA as TLS
from connectors.trust import ca_of, in_the_clear, tls
from schemas.certificates import untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable

FOREVER = 0xFFFFFFFF
"""Seconds after which a session expires: never."""
AT_ONCE = 2000
FENCE = "yishu/fence"
"""Nobody subscribes to it; the answer to giving it up tells that all words before were heard."""
REFUSED = 128
REFUSALS = ("Not authorized", "Bad user name or password", "Bad authentication method", "Client identifier not valid")
"""What a broker says that does not let us in."""
EXTRA = ("spool", *TLS)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the broker is and who we are there."""

    connection: Connection
    client: str
    version: str = "5"
    """`5` or `3.1.1`."""
    timeout: float = 30.0

    @property
    def where(self) -> str:
        """For messages."""
        return f"{self.connection.host}:{self.port}"

    @property
    def port(self) -> int:
        """Told, or the usual one."""
        return self.connection.port or (8883 if self.connection.kind == "mqtts" else 1883)


@dataclass(slots=True)
class Link:
    """`turn` it; what has arrived lies in `arrived`."""

    client: Any
    address: Address
    paho: ModuleType
    arrived: list[Any] = field(default_factory=list)
    answers: dict[int, list[Any]] = field(default_factory=dict)
    """Number of a request -> what the broker said to each part of it."""
    present: bool | None = None
    """Whether the broker knew our session; None before it has answered."""
    broken: str = ""
    refused: bool = False
    """Whether it is broken because the broker does not let us in: later it will not, either."""

    def turn(self, seconds: float) -> None:
        """Waits so long for one packet, and sends what waits to be sent."""
        code = self.client.loop(seconds)
        if code != 0 and not self.broken:
            self.broken = self.paho.error_string(code)

    def gather(self, seconds: float) -> list[Any]:
        """What arrives within so long, and what is there already behind it."""
        self.turn(seconds if not self.arrived else 0)
        before = -1
        while before < len(self.arrived) < AT_ONCE and not self.broken:
            before = len(self.arrived)
            self.turn(0)
        taken, self.arrived = self.arrived, []
        return taken

    def until(self, ready: Callable[[], bool], what: str) -> None:
        """Turns until `ready`; SourceUnreachable after the timeout or when the connection breaks, or NotReady."""
        end = time.monotonic() + self.address.timeout
        while not ready():
            if self.broken or time.monotonic() > end:
                why = self.broken or f"no answer for {self.address.timeout:g} s"
                fault = NotReady if self.refused else SourceUnreachable
                raise fault(f"{self.address.where}: {what}: {why}")
            self.turn(0.1)

    def subscribe(self, topics: tuple[str, ...]) -> None:
        """With QoS 1; SourceChanged where the broker grants less."""
        number = self.client.subscribe([(topic, self._wanted()) for topic in topics])[1]
        self.until(lambda: number in self.answers, "subscribing")
        for topic, code in zip(topics, self.answers[number], strict=True):
            if code.value >= REFUSED:
                raise SourceChanged(f"{self.address.where}: {topic!r}: {code}; look at login and rights")
            if code.value == 0:
                said = "the broker grants QoS 0 alone, with which messages are lost; expected QoS 1"
                raise SourceChanged(f"{self.address.where}: {topic!r}: {said}")

    def give_up(self, topics: tuple[str, ...]) -> int:
        """No longer subscribed to; the number of the request."""
        return int(self.client.unsubscribe(list(topics))[1])

    def _wanted(self) -> Any:
        if self.address.version != "5":
            return 1
        options = driver("paho.mqtt.subscribeoptions", "mqtt").SubscribeOptions
        return options(qos=1, retainHandling=options.RETAIN_SEND_IF_NEW_SUB)


@contextmanager
def link(address: Address, *, clean: bool = False) -> Iterator[Link]:
    """Connected, with the session of old unless `clean`; NotReady where we may not log in."""
    paho = driver("paho.mqtt.client", "mqtt")
    opened = Link(_client(address, paho, clean=clean), address, paho)
    _listen(opened)
    try:
        opened.client.connect(address.connection.host, address.port, keepalive=30, **_begin(address, clean=clean))
    except OSError as wrong:
        if why := untrusted(str(wrong), ca_of(address.connection)):
            raise NotReady(f"{address.where}: {why}") from wrong
        raise SourceUnreachable(f"{address.where}: {wrong}{_hint(address, wrong)}") from wrong
    try:
        opened.until(lambda: opened.present is not None, "connecting")
        yield opened
    finally:
        opened.client.disconnect()
        opened.client.loop(0.1)


def _client(address: Address, paho: ModuleType, *, clean: bool) -> Any:
    told = address.connection
    if strange := sorted(told.extra.keys() - set(EXTRA)):
        raise NotReady(f"connection {told.id!r}: extra {strange[0]!r}; valid ones are {', '.join(EXTRA)}")
    if told.kind != "mqtts":
        in_the_clear(told, "conn_type mqtts")
    new = address.version == "5"
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2,
        address.client,
        clean_session=None if new else clean,
        protocol=paho.MQTTv5 if new else paho.MQTTv311,
        manual_ack=True,
        reconnect_on_failure=False,
    )
    client.connect_timeout = address.timeout
    if told.login:
        client.username_pw_set(told.login, told.password)
    if told.kind == "mqtts":
        client.tls_set_context(tls(told))
    return client


def _hint(address: Address, wrong: OSError | None = None) -> str:
    """What a broker may mean that hangs up before it has said a word."""
    if wrong is not None and not isinstance(wrong, ConnectionResetError):
        return ""
    if address.connection.kind != "mqtts":
        return "; where it speaks TLS alone, let the connection be of kind mqtts"
    return "; does it speak TLS at this port, and does it want (another) certificate of ours: extras certificate, key?"


def _begin(address: Address, *, clean: bool) -> dict[str, Any]:
    if address.version != "5":
        return {}
    properties = driver("paho.mqtt.properties", "mqtt").Properties(
        driver("paho.mqtt.packettypes", "mqtt").PacketTypes.CONNECT
    )
    properties.SessionExpiryInterval = 0 if clean else FOREVER
    return {"clean_start": clean, "properties": properties}


def _listen(opened: Link) -> None:
    def connected(_client: Any, _data: Any, flags: Any, code: Any, _properties: Any) -> None:
        if code.is_failure:
            opened.refused = str(code) in REFUSALS
            opened.broken = f"{code}; look at login and rights of the connection" if opened.refused else str(code)
        else:
            opened.present = bool(flags.session_present)

    def answered(_client: Any, _data: Any, number: int, codes: list[Any], _properties: Any) -> None:
        opened.answers[number] = list(codes)

    def ended(_client: Any, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        hint = _hint(opened.address) if opened.present is None else ""
        opened.broken = opened.broken or f"disconnected: {code}{hint}"

    opened.client.on_connect = connected
    opened.client.on_subscribe = answered
    opened.client.on_unsubscribe = answered
    opened.client.on_disconnect = ended
    opened.client.on_message = lambda _client, _data, message: opened.arrived.append(message)
