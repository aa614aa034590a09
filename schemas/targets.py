"""Where webhooks may go: a recipient names the address, so that it must not become a way into our own network."""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from schemas.errors import BadInput

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
HOST = re.compile(r"\*?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?|\.)+")
METADATA = tuple(map(ip_address, ("169.254.169.254", "100.100.100.200", "fd00:ec2::254", "192.0.0.192")))
"""Where clouds tell a machine its own secrets."""
LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Targets:
    """Hosts and networks of the setting; with none of both, anywhere but this machine and what belongs to it."""

    hosts: tuple[str, ...] = ()
    """Names; `*.gov.example` stands for every name below."""
    networks: tuple[Network, ...] = ()

    def name(self, host: str) -> bool:
        """Whether a name is listed itself, whatever it resolves to."""
        told = host.lower().rstrip(".")
        return any(told == one or (one.startswith("*.") and told.endswith(one[1:])) for one in self.hosts)

    def address(self, found: Address) -> bool:
        """Whether an address may be connected to."""
        plain = _plain(found)
        if self.hosts or self.networks:
            return any(plain.version == one.version and plain in one for one in self.networks)
        own = plain.is_loopback or plain.is_link_local or plain.is_multicast or plain.is_unspecified
        return not (own or plain.is_reserved or plain in METADATA)


ANYWHERE = Targets()


def read_targets(text: str) -> Targets:
    """Names and networks separated by commas; BadInput for what is neither."""
    hosts: list[str] = []
    networks: list[Network] = []
    for one in filter(None, (part.strip().lower() for part in text.split(","))):
        try:
            networks.append(ip_network(one))
        except ValueError:
            if not HOST.fullmatch(one) or one.count("*") > one.startswith("*."):
                raise BadInput(
                    f"YISHU_WEBHOOK_TARGETS: found {one!r}, expected names (hooks.example.cn, *.gov.cn) or networks "
                    "(10.20.0.0/16) separated by commas"
                ) from None
            hosts.append(one)
    return Targets(tuple(hosts), tuple(networks))


def read_domains(text: str) -> tuple[str, ...]:
    """Domains that mail may go to, separated by commas; BadInput for what is none. `*.gov.cn` stands for all below."""
    found = tuple(filter(None, (part.strip().lower() for part in text.split(","))))
    for one in found:
        if not HOST.fullmatch(one) or one.count("*") > one.startswith("*."):
            raise BadInput(f"YISHU_MAIL_DOMAINS: found {one!r}, expected domains (example.gov.cn, *.gov.cn)")
    return found


def target(url: str, targets: Targets) -> SplitResult:
    """The parts of a webhook's address; BadInput where its form, or an address that stands in it, is not allowed."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise BadInput(f"webhook url: {wrong}") from wrong
    plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= LONGEST
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or parts.fragment or not plain:
        raise BadInput("webhook url: expected http(s)://host[:port]/path, without a user, a password and a fragment")
    literal = as_address(host)
    if literal is not None and not targets.address(literal) and not targets.name(host):
        raise BadInput(f"webhook url: {host} is no address that webhooks may go to here")
    return parts


def as_address(host: str) -> Address | None:
    """The address that a host is written as; None for a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _plain(found: Address) -> Address:
    """Without its disguise: IPv4 in IPv6, and the forms that carry it through 6to4 or NAT64."""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped or found.sixtofour:
            return found.ipv4_mapped or found.sixtofour or found
        if found in ip_network("64:ff9b::/96") or (int(found) >> 32 == 0 and int(found) > 1):
            return IPv4Address(int(found) & 0xFFFFFFFF)
    return found
