"""Takes a secret out of words that are shown."""

from html import escape as escaped_of_html
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape


def masked(said: str, secret: str) -> str:
    """Without the secret, as it is and as XML and HTML write it; to be asked before anything is cut or quoted."""
    forms = (escaped_of_html(secret), escape(secret), quote(secret, safe=""), quote_plus(secret), secret)
    for form in forms if secret else ():
        said = said.replace(form, "***")
    return said
