"""Credentials: told once, kept as a keyed hash, ending one day, revocable at once."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from sqlalchemy import select

from catalog import tables
from catalog.credentials import FORM, read, write
from catalog.organisations import Organisation, System
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Tier
from schemas.dataset import Grade
from schemas.errors import BadInput, Unidentified, Unknown
from tests.builders import NOW, TENGZHOU, TENGZHOU_CIVIL, make_subject


@pytest.fixture
def manned(shelf: Shelf) -> Shelf:
    shelf.parties.add_organisation(
        Organisation(TENGZHOU_CIVIL, "滕州市民政局", "Tengzhou Civil Affairs", "370481", Tier.COUNTY)
    )
    shelf.parties.add_system(System("tengzhou-civil", TENGZHOU_CIVIL, "低保系统", Grade.GENERAL_3))
    return shelf


def test_a_credential_opens_as_its_system_and_organisation(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    found = read(text)[0]
    assert manned.parties.subject(text, NOW) == make_subject(TENGZHOU, clearance=Grade.GENERAL_3, credential=found)


def test_nobody_without_a_credential_is_more_than_the_public(shelf: Shelf) -> None:
    assert shelf.parties.subject(None, NOW) == shelf.parties.subject("", NOW) == PUBLIC
    assert PUBLIC.public
    assert not PUBLIC.government


def test_only_a_keyed_hash_of_the_secret_is_kept(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    secret = read(text)[1]
    with manned.engine.connect() as connection:
        row = connection.execute(select(tables.credential)).one()
    assert row.secret_hash == hmac.digest(manned.pepper, secret, hashlib.sha256)
    assert all(secret not in str(value).encode() and text not in str(value) for value in row)


def test_its_form_can_be_found_by_scanners_and_shows_typing_errors(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    assert FORM.fullmatch(text)
    for wrong in (
        text[:-1],
        text.replace("ys_", "yz_"),
        text[:20] + ("A" if text[20] != "A" else "B") + text[21:],
        "x",
    ):
        with pytest.raises(Unidentified, match="no credential"):
            manned.parties.subject(wrong, NOW)


def test_an_unknown_id_and_a_wrong_secret_get_the_same_answer(manned: Shelf) -> None:
    known, secret = read(manned.parties.issue_credential("tengzhou-civil", NOW))
    answers = []
    for text in (write("a" * 12, secret), write(known, b"\x01" * 32)):
        with pytest.raises(Unidentified) as told:
            manned.parties.subject(text, NOW)
        answers.append(str(told.value))
    assert answers[0] == answers[1]


def test_every_credential_ends(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    assert manned.parties.subject(text, NOW + timedelta(days=180, seconds=-1)).system == "tengzhou-civil"
    with pytest.raises(Unidentified):
        manned.parties.subject(text, NOW + timedelta(days=180))
    for days in (0, -1, 401):
        with pytest.raises(BadInput, match="1 to 400"):
            manned.parties.issue_credential("tengzhou-civil", NOW, days)


def test_a_revoked_credential_opens_nothing_from_then_on(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    manned.parties.revoke(read(text)[0], NOW)
    with pytest.raises(Unidentified):
        manned.parties.subject(text, NOW)
    with pytest.raises(BadInput, match="revoked"):
        manned.parties.rotate(read(text)[0], NOW)


def test_after_a_rotation_both_work_for_the_overlap_then_the_new_one_alone(manned: Shelf) -> None:
    old = manned.parties.issue_credential("tengzhou-civil", NOW)
    new = manned.parties.rotate(read(old)[0], NOW, overlap=7)
    assert manned.parties.subject(old, NOW + timedelta(days=6)).system == "tengzhou-civil"
    assert manned.parties.subject(new, NOW + timedelta(days=8)).system == "tengzhou-civil"
    with pytest.raises(Unidentified):
        manned.parties.subject(old, NOW + timedelta(days=7))


def test_what_is_switched_off_is_shown_to_the_rule_not_hidden(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    manned.parties.set_active(organisation=TENGZHOU_CIVIL, active=False)
    assert not manned.parties.subject(text, NOW).organisation_active
    manned.parties.set_active(system="tengzhou-civil", active=False)
    assert not manned.parties.subject(text, NOW).credential_active


def test_the_day_of_its_last_use_is_remembered(manned: Shelf) -> None:
    text = manned.parties.issue_credential("tengzhou-civil", NOW)
    assert manned.parties.credentials()[0].last_used_day is None
    manned.parties.subject(text, NOW)
    assert manned.parties.credentials("tengzhou-civil")[0].last_used_day == NOW.date()


def test_nothing_is_issued_for_what_is_not_registered(shelf: Shelf) -> None:
    with pytest.raises(Unknown, match="yishu system add"):
        shelf.parties.issue_credential("nobody", NOW)
    with pytest.raises(Unknown, match="yishu org add"):
        shelf.parties.add_system(System("x", TENGZHOU_CIVIL, "x"))
    with pytest.raises(BadInput, match="18 characters"):
        shelf.parties.add_organisation(Organisation("short", "x", "x", TENGZHOU, Tier.COUNTY))
