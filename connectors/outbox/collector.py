"""Tells an OpenLineage collector of an event: one short POST, and nothing of ours waits for it longer than that."""

from collections.abc import Mapping

import httpx

from schemas.dataset import Json
from schemas.errors import RecipientUnreachable
from schemas.settings import Collector

PATIENCE_S = 5.0
PATH = "/api/v1/lineage"


def tell(collector: Collector, event: Mapping[str, Json]) -> None:
    """Send it; RecipientUnreachable where it was not taken. Redirects and proxies are not followed."""
    headers = {"Authorization": f"Bearer {collector.key}"} if collector.key else {}
    try:
        with httpx.Client(timeout=PATIENCE_S, trust_env=False, follow_redirects=False) as client:
            answer = client.post(f"{collector.url}{PATH}", json=event, headers=headers)
    except httpx.HTTPError as wrong:
        raise RecipientUnreachable(f"the OpenLineage collector does not answer ({type(wrong).__name__})") from wrong
    if not answer.is_success:
        raise RecipientUnreachable(f"the OpenLineage collector answered {answer.status_code}")
