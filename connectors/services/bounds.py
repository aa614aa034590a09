"""How the bounds of a window go out to a service: as it wants moments written."""

from datetime import datetime

from schemas.journey import SHANGHAI, Window

SECONDS = "epoch_seconds"
MILLISECONDS = "epoch_milliseconds"


def written(moment: datetime, form: str) -> str:
    """ISO 8601 with offset where `form` is empty; a strftime pattern is on the clock of Asia/Shanghai."""
    if form == SECONDS:
        return str(int(moment.timestamp()))
    if form == MILLISECONDS:
        return str(int(moment.timestamp()) * 1000 + moment.microsecond // 1000)
    local = moment.astimezone(SHANGHAI)
    return local.strftime(form) if form else local.isoformat()


def bounds(window: Window, form: str) -> tuple[str, str]:
    """Low (included) and high (not)."""
    return written(window.low, form), written(window.high, form)
