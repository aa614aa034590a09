"""Which of the two languages an answer is in: `?lang=`, then `Accept-Language`, then the installation's own."""

from fastapi import Request

from schemas.settings import LANGUAGES

CHINESE, ENGLISH = LANGUAGES


def language(request: Request, default: str = CHINESE) -> str:
    """`zh-CN` or `en`; a `lang` that is neither counts as not given."""
    told = request.query_params.get("lang", "")
    return told if told in LANGUAGES else _accepted(request.headers.get("accept-language", "")) or default


def pick(lang: str, chinese: str, english: str) -> str:
    """The text in that language; the Chinese one where there is no English."""
    return english if lang == ENGLISH and english else chinese


def _accepted(header: str) -> str:
    best, found = 0.0, ""
    for part in header[:200].split(","):
        name, _, weight = part.strip().partition(";q=")
        spoken = {"zh": CHINESE, "en": ENGLISH}.get(name.strip().lower().split("-")[0], "")
        value = _weight(weight)
        if spoken and value > best:
            best, found = value, spoken
    return found


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
