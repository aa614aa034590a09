"""What followers asked to be sent outside: e-mails, and signed words to webhooks; facts of the catalogue alone."""

import json
import logging
from collections.abc import Iterator
from itertools import islice

from catalog import datasets
from catalog.database import writing
from catalog.following import errands, follows, signing
from catalog.following.news import may_know
from connectors.outbox.mail import NAME, Letter, Mail
from connectors.outbox.webhook import Word, signed
from dags.delivery.post import Facts, Post
from schemas.errors import NotReady, Unknown, YishuError
from schemas.following import Errand, ErrandState, Follow
from schemas.journey import SHANGHAI

LOG = logging.getLogger(__name__)


def send_due(post: Post) -> list[Facts]:
    """Try what is due now, one after the other; one that could not be sent is no error, but tried again later."""
    return list(islice(_each(post), errands.AT_ONCE))


def _each(post: Post) -> Iterator[Facts]:
    while True:
        with writing(post.shelf.engine) as connection:
            one = errands.take(connection, post.now())
            follow = follows.each(connection, [one.follow]).get(one.follow) if one else None
        if one is None:
            return
        yield {"follow": one.follow, "dataset": one.dataset, "state": _sent(post, one, follow).value}


def _sent(post: Post, one: Errand, follow: Follow | None) -> ErrandState:
    now = post.now()
    if follow is None or not _may(post, one, follow):
        return _closed(post, one, ErrandState.DROPPED)
    try:
        if follow.url and not _posted(post, one, follow):
            with writing(post.shelf.engine) as connection:
                follows.end(connection, follow.id, now)
        if follow.email:
            _mailed(post, one, follow)
    except YishuError as wrong:
        LOG.warning("follow %s, errand %s: %s", follow.id, one.id, wrong)
        with writing(post.shelf.engine) as connection:
            return errands.put_off(connection, one, now)
    return _closed(post, one, ErrandState.SENT)


def _may(post: Post, one: Errand, follow: Follow) -> bool:
    """Whether the follower may know of the dataset still."""
    with post.shelf.engine.connect() as connection:
        try:
            return may_know(connection, follow.organisation, datasets.get(connection, one.dataset))
        except Unknown:
            return False


def _closed(post: Post, one: Errand, state: ErrandState) -> ErrandState:
    with writing(post.shelf.engine) as connection:
        errands.close(connection, one, state, post.now())
    return state


def _posted(post: Post, one: Errand, follow: Follow) -> bool:
    said = {
        "type": one.about.replace("_", ".", 1),
        "timestamp": one.created_at.astimezone(SHANGHAI).isoformat(),
        "data": {"follow": follow.id, "dataset": one.dataset, "subject": one.subject, "subject_en": one.subject_en},
    }
    word = Word(f"msg_f{follow.id}_e{one.id}", json.dumps(said, ensure_ascii=False).encode())
    return post.sender.send(follow.url, word, signed(word, signing.secret(post.shelf.token_key, follow), post.now()))


def _mailed(post: Post, one: Errand, follow: Follow) -> None:
    server = post.connection(NAME)
    if server is None:
        raise NotReady(f"no connection {NAME!r}: e-mails are sent by it")
    text = f"{one.subject}\n{one.subject_en}\n\n{one.dataset}\n/datasets/{one.dataset}\n"
    Mail(server).send(Letter(follow.email, f"yishu-f{follow.id}-e{one.id}", one.subject, text))
