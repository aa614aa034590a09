"""Takes a secret out of words that are shown."""

import json
import re
from html import escape


def masked(said: str, secret: str) -> str:
    """Without the secret, as it is and as XML, HTML, addresses and JSON write it; asked before anything is cut."""
    return re.sub("".join(map(_forms, secret)), "***", said) if secret else said


def _forms(character: str) -> str:
    """A pattern: each writer escapes some characters and leaves others, so every one may stand in any of its forms."""
    percent = "".join(f"%{byte:02x}" for byte in character.encode(errors="surrogatepass"))
    in_json = (json.dumps(character)[1:-1], json.dumps(character, ensure_ascii=False)[1:-1])
    of_php = ("\\/",) if character == "/" else ()
    forms = {escape(character), *in_json, *of_php, character, *("+" if character == " " else "")}
    longest_first = sorted(forms, key=len, reverse=True)
    point = ord(character)
    coded = rf"(?i:{percent}|\\u{point:04x}|&#0*{point};|&#x0*{point:x};)"
    return f"(?:{coded}|{'|'.join(map(re.escape, longest_first))})"
