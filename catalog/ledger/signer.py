"""Who signs the log: an Ed25519 key in a file of the installation, and checkpoints as C2SP signed notes."""

import base64
import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ED25519 = b"\1"
"""Kind of signature in a signed note: Ed25519 over the text of the note."""


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
        return hashlib.sha256(self.origin.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    def note(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a tree."""
        text = f"{self.origin}\n{size}\n{base64.b64encode(root).decode()}\n"
        signature = base64.b64encode(self._hash + self.private.sign(text.encode())).decode()
        return f"{text}\n\u2014 {self.origin} {signature}\n"


def signer(seed: bytes) -> Signer:
    """The signer of a key file of 32 random bytes; its log is named after the key."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(f"yishu/{hashlib.sha256(public).hexdigest()[:12]}/ledger/1", public, private)
