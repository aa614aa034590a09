"""Why a server's certificate was not trusted, in words that say what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that we ask: where we are told of it, and who answers for it. What is not said is of a connection."""

    authority: str
    """Where its authority stands, such as "the extra `ca` of the connection x"."""
    host: str = "`host` of the connection"
    port: str = "port and kind of the connection"
    keeper: str = "the department"
    ours: str = "ask the department for one, and name its files in the connection"
    """What to do where the server wants a certificate of ours."""


_NOBODY = "its certificate is not one to trust: {said}; put the authority's PEM into {peer.authority}"
_ANOTHER_HOST = (
    "its certificate is not one to trust: {said}; it is for another host: let {peer.host} be the name that stands in "
    "it, or ask {peer.keeper}: somebody may be posing as the server"
)
_TOO_OLD = "its certificate is not one to trust: {said}; ask {peer.keeper} to renew it"
_TOO_NEW = "its certificate is not one to trust: {said}; look at the clocks of both machines"
_OURS = "it wants a certificate of ours ({said}); {peer.ours}"
_NO_TLS = "it speaks no TLS there ({said}); look at {peer.port}, or ask {peer.keeper} to switch it on"
_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "hostname mismatch": _ANOTHER_HOST,
        "ip address mismatch": _ANOTHER_HOST,
        "does not match": _ANOTHER_HOST,
        "no alternative certificate subject": _ANOTHER_HOST,
        "has expired": _TOO_OLD,
        "not yet valid": _TOO_NEW,
        "alert certificate required": _OURS,
        "alert handshake failure": _OURS,
        "alert unknown ca": _OURS,
        "alert bad certificate": _OURS,
        "wrong version number": _NO_TLS,
        "does not support ssl": _NO_TLS,
        "doesn't support it": _NO_TLS,
        "certificate verify failed": _NOBODY,
        "certificate_verify_failed": _NOBODY,
        "root certificate file": _NOBODY,
        "peer certificate": _NOBODY,
        "ssl ca cert": _NOBODY,
    }
)
"""Part of what OpenSSL, libpq, librdkafka, curl and PyMySQL say -> what we say."""
_OF_A_CERTIFICATE = ("does not match", "has expired", "not yet valid")
"""What is said of signatures and passwords, too: it counts where a certificate is named beside it."""
_CURL = "curlCode"
"""By what Amazon's client shows that the words are of the line, not of the store."""


def untrusted(said: str, peer: Peer) -> str:
    """What to do about a certificate, where somebody's words tell of one; empty where they do not."""
    low = said.lower()
    others = () if "certificate" in low else _OF_A_CERTIFICATE
    found = next((sentence for words, sentence in _SENTENCES.items() if words in low and words not in others), "")
    return found.format(said=said.strip(), peer=peer)


def untrusted_store(said: str, peer: Peer) -> str:
    """The same of a store that speaks S3, whose own answers carry names of buckets and objects: they may be of any."""
    _, curl, of_the_line = said.partition(_CURL)
    return untrusted(curl + of_the_line, peer)
