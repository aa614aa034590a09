"""Opens an encrypted delivery: python open_delivery.py FILE.yse FILE < key.txt (the shared key in base64)."""

import base64
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SUITES = {1: (32, algorithms.AES, hashes.SHA256), 2: (16, algorithms.SM4, hashes.SM3)}
SEGMENT, TAG = 1 << 20, 16


def main(sealed: Path, plain: Path, shared: bytes) -> None:
    """Write `plain` as `plain.part` and rename it once every segment has proved right; raises where one does not."""
    half = plain.with_name(plain.name + ".part")
    with sealed.open("rb") as source, half.open("wb") as out:
        head, salt = source.read(5), source.read(32)
        length, block, digest = SUITES[head[4]] if head[:4] == b"YSE1" else (0, None, None)
        if len(shared) != length:
            raise SystemExit("no such file, or a key of another length")
        key = HKDF(algorithm=digest(), length=length, salt=salt, info=head).derive(shared)
        number, segment = 0, source.read(SEGMENT + TAG)
        while segment:
            following = source.read(SEGMENT + TAG)
            nonce = number.to_bytes(8, "big") + bytes(3) + bytes([not following])
            engine = Cipher(block(key), modes.GCM(nonce, segment[-TAG:])).decryptor()
            out.write(engine.update(segment[:-TAG]) + engine.finalize())
            number, segment = number + 1, following
        if not number:
            raise SystemExit("the file is not whole")
    half.rename(plain)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), base64.b64decode(sys.stdin.read().strip()))
