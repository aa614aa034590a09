"""Persons: roles come with their credential alone, they see by the lower clearance, auditors approve nothing."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog import duties
from catalog.credentials import Bearer, read
from catalog.organisations import Organisation, System, authority_of
from catalog.persons import Person
from catalog.shelf import Shelf
from schemas.access import REVIEWERS, Role, Subject, Tier
from schemas.dataset import Grade
from schemas.errors import BadInput, Refused, Unidentified, Unknown
from tests.builders import HEALTH, JINAN_LAIWU, NOW, TENGZHOU, TENGZHOU_CIVIL, ZAOZHUANG, make_subject

PROVINCE = "370000000000"
REVIEWER = Person("reviewer", TENGZHOU_CIVIL, "数源审核岗", frozenset({Role.SOURCE_REVIEWER}), Grade.GENERAL_2)


@pytest.fixture
def manned(shelf: Shelf) -> Shelf:
    shelf.parties.add_organisation(Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY))
    shelf.parties.add_organisation(Organisation(HEALTH, "枣庄市卫生健康委员会", "", ZAOZHUANG, Tier.CITY))
    shelf.parties.add_system(System("civil", TENGZHOU_CIVIL, "低保系统", Grade.GENERAL_3))
    shelf.parties.add_system(System("health", HEALTH, "健康系统"))
    shelf.parties.add_person(REVIEWER)
    return shelf


def test_a_persons_credential_brings_their_roles_and_the_lower_clearance(manned: Shelf) -> None:
    subject = manned.parties.subject(manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW), NOW)
    assert (subject.organisation, subject.person, subject.post) == (TENGZHOU_CIVIL, "reviewer", "数源审核岗")
    assert subject.roles == {Role.SOURCE_REVIEWER}
    assert subject.clearance is Grade.GENERAL_2
    manned.parties.add_person(replace(REVIEWER, clearance=Grade.IMPORTANT))
    again = manned.parties.subject(manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW), NOW)
    assert again.clearance is Grade.GENERAL_3


def test_a_systems_own_credential_has_no_roles(manned: Shelf) -> None:
    subject = manned.parties.subject(manned.parties.issue_credential("civil", NOW), NOW)
    assert (subject.person, subject.roles) == ("", frozenset())


def test_a_person_switched_off_opens_nothing_with_any_credential(manned: Shelf) -> None:
    text = manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW)
    assert manned.parties.subject(text, NOW).credential_active
    manned.parties.person_off("reviewer")
    assert not manned.parties.subject(text, NOW).credential_active
    with pytest.raises(BadInput, match="is switched off"):
        manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW)
    with pytest.raises(Unknown, match="yishu person add"):
        manned.parties.person_off("nobody")


def test_a_person_whose_system_went_to_another_organisation_does_not_act_for_that(manned: Shelf) -> None:
    text = manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW)
    manned.parties.add_system(System("civil", HEALTH, "低保系统", Grade.GENERAL_3))
    moved = manned.parties.subject(text, NOW)
    assert not moved.credential_active
    with pytest.raises(Refused):
        duties.require(moved, Role.SOURCE_REVIEWER)


def test_a_new_credential_in_the_place_of_a_persons_is_theirs_too(manned: Shelf) -> None:
    text = manned.parties.issue_credential(Bearer("civil", "reviewer"), NOW)
    again = manned.parties.rotate(read(text)[0], NOW)
    assert manned.parties.subject(again, NOW + timedelta(days=8)).person == "reviewer"


def test_a_person_works_at_systems_of_their_own_organisation_only(manned: Shelf) -> None:
    with pytest.raises(BadInput, match=f"works for {TENGZHOU_CIVIL}"):
        manned.parties.issue_credential(Bearer("health", "reviewer"), NOW)
    with pytest.raises(Unknown, match="no person 'nobody'"):
        manned.parties.issue_credential(Bearer("civil", "nobody"), NOW)
    with pytest.raises(BadInput, match="register a new person for another organisation"):
        manned.parties.add_person(replace(REVIEWER, organisation=HEALTH))


@pytest.mark.parametrize("role", sorted(REVIEWERS))
def test_an_auditor_cannot_hold_a_role_that_approves(manned: Shelf, role: Role) -> None:
    both = Person("auditor", TENGZHOU_CIVIL, "审计岗", frozenset({Role.SECURITY_AUDITOR, role}))
    with pytest.raises(BadInput, match=rf"security_auditor cannot be held together with {role}.*approves nothing"):
        manned.parties.add_person(both)
    manned.parties.add_person(replace(both, roles=frozenset({Role.SECURITY_AUDITOR, Role.CATALOGUE_KEEPER})))
    assert [one.id for one in manned.parties.persons(TENGZHOU_CIVIL)] == ["auditor", "reviewer"]
    assert manned.parties.persons(HEALTH) == ()


def test_a_duty_is_refused_to_whoever_lacks_its_role() -> None:
    duties.require(make_subject(roles=frozenset({Role.REQUESTER}), person="x"), Role.SOURCE_REVIEWER, Role.REQUESTER)
    lacking: list[Subject] = [
        make_subject(),
        make_subject(person="x", roles=frozenset({Role.SECURITY_AUDITOR})),
        make_subject(person="x", roles=frozenset({Role.REQUESTER}), credential_active=False),
        make_subject(person="x", roles=frozenset({Role.REQUESTER}), organisation_active=False),
    ]
    for subject in lacking:
        with pytest.raises(Refused, match="requester 需求方经办") as told:
            duties.require(subject, Role.REQUESTER)
        assert (told.value.code, told.value.gate) == ("ROLE_MISSING", "G0")
    with pytest.raises(Unidentified):
        duties.require(Subject("", "", "", "", Tier.GRID), Role.REQUESTER)


def test_only_an_active_auditor_reads_everything() -> None:
    auditor = make_subject(person="x", roles=frozenset({Role.SECURITY_AUDITOR}))
    assert duties.audits(auditor)
    assert not duties.audits(replace(auditor, credential_active=False))
    assert not duties.audits(make_subject(person="x", roles=frozenset({Role.AUTHORITY_REVIEWER})))


def test_the_authority_of_a_division_is_its_own_or_the_next_above(manned: Shelf) -> None:
    tree = manned.tree()
    city = Organisation("11370400DEM000063J", "枣庄市大数据局", "", ZAOZHUANG, Tier.CITY, authority=True)
    province = Organisation("11370000DEM000081A", "山东省大数据局", "", PROVINCE, Tier.PROVINCE, authority=True)
    with manned.engine.connect() as connection:
        assert authority_of(connection, TENGZHOU, tree) is None
    manned.parties.add_organisation(province)
    manned.parties.add_organisation(city)
    with manned.engine.connect() as connection:
        assert authority_of(connection, TENGZHOU, tree) == city
        assert authority_of(connection, ZAOZHUANG, tree) == city
        assert authority_of(connection, JINAN_LAIWU, tree) == province
    manned.parties.set_active(organisation=city.credit_code, active=False)
    with manned.engine.connect() as connection:
        assert authority_of(connection, TENGZHOU, tree) == province


def test_a_division_has_one_authority(manned: Shelf) -> None:
    city = Organisation("11370400DEM000063J", "枣庄市大数据局", "", ZAOZHUANG, Tier.CITY, authority=True)
    manned.parties.add_organisation(city)
    manned.parties.add_organisation(city)
    with pytest.raises(BadInput, match=r"枣庄市大数据局 .* is the data administration of 370400000000 already"):
        manned.parties.add_organisation(replace(city, credit_code=HEALTH))


def test_superiors_are_registered_and_nobody_stands_above_themselves(manned: Shelf) -> None:
    county = manned.parties.organisation(TENGZHOU_CIVIL)
    manned.parties.add_organisation(replace(county, parent=HEALTH, line=HEALTH))
    assert manned.parties.organisation(TENGZHOU_CIVIL) == replace(county, parent=HEALTH, line=HEALTH)
    health = manned.parties.organisation(HEALTH)
    with pytest.raises(BadInput, match=r"parent: .*above itself"):
        manned.parties.add_organisation(replace(health, parent=TENGZHOU_CIVIL))
    with pytest.raises(BadInput, match="line: no organisation '11370000000000000X' is registered"):
        manned.parties.add_organisation(replace(health, line="11370000000000000X"))
