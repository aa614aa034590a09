"""Who signs the log: an Ed25519 key in a file of the installation, and checkpoints as C2SP signed notes."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\1"
"""Kind of signature in a signed note: Ed25519 over the text of the note."""
COSIGNED = b"\4"
"""Kind of a witness's: Ed25519 over the moment and the text (C2SP tlog-cosignature), so that it is never taken for the
log's own."""


@dataclass(frozen=True, slots=True)
class Signer:
    """One key and the name that it signs for. A log never changes either."""

    origin: str
    """First line of every checkpoint and name of the key: which log this is. `1` in it means SHA-256 and Ed25519."""
    public: bytes
    """The public key, 32 bytes."""
    private: Ed25519PrivateKey = field(repr=False)

    @property
    def public_text(self) -> str:
        """The public key as others hold it: `<name>+<hash>+<base64>`, the text of a C2SP verifier key."""
        return f"{self.origin}+{self._hash.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @property
    def _hash(self) -> bytes:
        return key_hash(self.origin, ED25519, self.public)

    def note(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a tree."""
        text = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self._hash + self.private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.origin} {signature}\n"

    def cosigned(self, note: str, moment: int) -> str:
        """The checkpoint of another log, with a signature more: it was seen here at that second since 1970."""
        text, _, _ = note.partition("\n\n")
        signature = self.private.sign(cosigned_text(text, moment))
        packed = key_hash(self.origin, COSIGNED, self.public) + moment.to_bytes(8, "big") + signature
        return f"{note}\u2014 {self.origin} {base64.b64encode(packed).decode()}\n"


def key_hash(name: str, kind: bytes, public: bytes) -> bytes:
    """What leads from a signature to its key."""
    return hashlib.sha256(name.encode() + b"\n" + kind + public).digest()[:4]


def cosigned_text(text: str, moment: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {moment}\n{text}\n".encode()


def signer(seed: bytes, of: str = "ledger") -> Signer:
    """The signer of a key of 32 random bytes; its log (or whatever it is `of`) is named after the key."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(f"yishu/{hashlib.sha256(public).hexdigest()[:12]}/{of}/1", public, private)


@lru_cache(maxsize=8)
def node_signer(secret: bytes) -> Signer:
    """The signer of a node's messages and passports, from the installation's token key; no other use has this key."""
    return signer(hmac.digest(secret, b"yishu node", "sha256"), "node")
