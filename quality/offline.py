"""Great Expectations' pages without the network: what they fetch from elsewhere is taken out, a small style put in.

Its templates load Bootstrap, jQuery, Vega, Font Awesome and its own logo from foreign hosts. Their scripts only sort,
filter and fold; without them everything is simply shown. Links that lead away become plain text.
"""

import re
import shutil
from importlib.resources import files
from pathlib import Path

STYLE = "offline.css"
POLICY = "default-src 'none'; style-src 'self' file: 'unsafe-inline'; img-src 'self' file: data:"
"""What a browser may do for a page: whatever text of a contract came through, nothing of it runs or is sent."""
FOREIGN = r"""["']?(?:https?:)?//"""
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(
    rf"<(?:link|img|iframe|source|object|embed|base)\b[^>]*?(?:href|src|srcset|data)\s*=\s*{FOREIGN}[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_PICTURE = re.compile(r"<picture\b.*?</picture\s*>", re.DOTALL | re.IGNORECASE)
_AWAY = re.compile(rf"<a\b[^>]*?href\s*=\s*{FOREIGN}[^>]*>(.*?)</a\s*>", re.DOTALL | re.IGNORECASE)
_URL = re.compile(rf"@import[^;]*;|url\(\s*{FOREIGN}[^)]*\)", re.IGNORECASE)
_HANDLER = re.compile(r"""\son[a-z]+\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_ICON = re.compile(r"""<link\b[^>]*rel\s*=\s*["'](?:shortcut )?icon["'][^>]*>""", re.IGNORECASE)


def make_offline(site: Path) -> None:
    """Rewrite every page below the folder, and drop the pictures that no page shows any more."""
    shutil.rmtree(site / "static" / "images", ignore_errors=True)
    (site / "static").mkdir(exist_ok=True)
    (site / "static" / STYLE).write_bytes((files("quality") / STYLE).read_bytes())
    for page in site.rglob("*.html"):
        depth = len(page.relative_to(site).parts) - 1
        page.write_text(offline(page.read_text(encoding="utf-8"), "../" * depth), encoding="utf-8")
    for sheet in (site / "static").rglob("*.css"):
        sheet.write_text(_URL.sub("", sheet.read_text(encoding="utf-8")), encoding="utf-8")


def offline(page: str, up: str = "") -> str:
    """The page without scripts and foreign hosts; `up` leads from it to the site's root."""
    for unwanted in (_SCRIPT, _PICTURE, _TAG, _ICON, _URL, _HANDLER):
        page = unwanted.sub("", page)
    page = _AWAY.sub(r"\1", page)
    page = page.replace("</head>", f'<link rel="stylesheet" href="{up}static/{STYLE}">\n</head>', 1)
    allowed = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    return re.sub(r"<head\b[^>]*>", lambda head: head[0] + allowed, page, count=1, flags=re.IGNORECASE)
