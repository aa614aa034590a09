"""Takes a secret out of words that are shown."""

from html import escape as escaped_of_html
from xml.sax.saxutils import escape


def masked(said: str, secret: str) -> str:
    """Without the secret, as it is and as XML and HTML write it; to be asked before anything is cut or quoted."""
    for form in (escaped_of_html(secret), escape(secret), secret) if secret else ():
        said = said.replace(form, "***")
    return said
