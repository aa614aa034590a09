"""Takes a secret out of words that are shown."""

import json
import re
from html import escape as escaped_of_html
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape


def masked(said: str, secret: str) -> str:
    """Without the secret, as it is and as XML, HTML, addresses and JSON write it; asked before anything is cut."""
    in_json = (json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])
    in_address = [write(secret, safe=safe) for write in (quote, quote_plus) for safe in ("", "/")]
    lower = [re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), form) for form in in_address]
    forms = (escaped_of_html(secret), escape(secret), *in_address, *lower, *in_json, secret)
    for form in forms if secret else ():
        said = said.replace(form, "***")
    return said
