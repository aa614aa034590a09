"""`/subscriptions`: each new version as a file at the recipient's own place, or a signed word that it is there."""

import base64
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse, Response
from pydantic import Field as Told

from api.answers import PRIVATE
from api.asked import asked, documented
from api.caller import Call, TheCall
from api.catalogue import PLAIN, Plain
from api.incidents import DIGITS
from api.shown import refusal
from api.sight import sought
from api.subscription_facts import subscription_facts
from api.subscription_wanted import Wanted, asked_for, bound, made_of
from catalog.database import writing
from catalog.delivery import deliveries, subscriptions
from schemas.dataset import Json
from schemas.errors import Unidentified, Unknown

router = APIRouter(prefix="/api/v1", tags=["subscriptions"])


class ListQuery(Plain):
    """Which subscriptions."""

    dataset: str = Told("", max_length=128, description="Only to the dataset with this key")


ListWanted = Annotated[ListQuery, Depends(asked(ListQuery))]


@router.post("/subscriptions", **PLAIN, status_code=201, summary="Subscribe to new versions")
def subscribe(call: TheCall, wanted: Wanted) -> JSONResponse:
    """Refused where the access rule would refuse a delivery now. The secret of a webhook is told this once."""
    own(call)
    shelf, made = call.desk.shelf, made_of(wanted, call.desk.settings.targets, call.now)
    dataset = sought(call, made.dataset, made.mode, made.purpose)
    decision = shelf.decide(asked_for(made, call.subject, dataset, call.now))
    if not decision.allowed:
        receipt = shelf.record(decision, {"wanted": "subscription"})
        raise refusal(decision, receipt.number, call.lang)
    with writing(shelf.engine) as connection:
        made = subscriptions.make(connection, bound(made, decision, shelf.randomness(16)))
    told = subscription_facts(made, ())
    if made.webhook:
        secret = subscriptions.secret(shelf.token_key, made)
        told["secret"] = f"whsec_{base64.b64encode(secret).decode()}"
    return JSONResponse(told, 201, headers=PRIVATE)


@router.get("/subscriptions", openapi_extra=documented(ListQuery), summary="Subscriptions of your organisation")
def list_subscriptions(call: TheCall, query: ListWanted) -> Json:
    """Those that have not ended, each with what became of its last version."""
    own(call)
    with call.desk.shelf.engine.connect() as connection:
        found = subscriptions.of_organisation(connection, call.subject.organisation)
        mine = [one for one in found if query.dataset in ("", one.dataset)]
        return {
            "subscriptions": [subscription_facts(one, deliveries.last(connection, one.id, 1)) for one in mine],
        }


@router.get("/subscriptions/{number}", openapi_extra=documented(Plain), summary="One subscription and its deliveries")
def show_subscription(number: str, call: TheCall, query: Annotated[Plain, Depends(asked(Plain))]) -> Json:
    """What became of its last twenty versions."""
    del query
    own(call)
    with call.desk.shelf.engine.connect() as connection:
        found = subscriptions.get(connection, known(number), call.subject.organisation)
        return subscription_facts(found, deliveries.last(connection, found.id))


@router.delete("/subscriptions/{number}", **PLAIN, status_code=204, summary="End a subscription")
def unsubscribe(number: str, call: TheCall) -> Response:
    """Nothing is delivered for it any more; what is on its way is cut off."""
    own(call)
    with writing(call.desk.shelf.engine) as connection:
        found = subscriptions.get(connection, known(number), call.subject.organisation)
        subscriptions.end(connection, found.id, f"by {call.subject.system}"[:64], call.now)
    return Response(status_code=204, headers=PRIVATE)


def own(call: Call) -> None:
    """Unidentified without a credential: a subscription is a system's."""
    if call.subject.public:
        raise Unidentified("subscriptions are those of a system: send its credential as Authorization: Bearer ys_…")
    if call.subject.credential.startswith("node:"):
        raise Unidentified("subscriptions are those of systems registered here, not of one that came with a passport")


def known(number: str) -> int:
    """The number; what is none is no subscription."""
    if not (number.isascii() and number.isdigit() and len(number) <= DIGITS):
        raise Unknown(subscriptions.UNKNOWN)
    return int(number)
