"""The authority registry: one source for an element, kind of subject and place; the narrower place goes first."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from catalog import receipts
from catalog.collection import registry, sources
from catalog.collection.registry import Decided
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Role, Subject, Tier
from schemas.authority_file import read_authority_file
from schemas.authority_source import Scope, Source, Standing, Verb
from schemas.dataset import Sharing
from schemas.errors import BadInput, ContractBroken, Refused, Unidentified, Unknown
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    JINAN_LAIWU,
    NOW,
    OLD_LAIWU,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_subject,
)

PROVINCE = "370000000000"
SINCE = date(2026, 1, 1)
TODAY = NOW.date()
OF_CITY = Source("mobile", "person", ZAOZHUANG, CIVIL_AFFAIRS, "职责清单第 3 项", SINCE)
CITY = make_subject(
    ZAOZHUANG, Tier.CITY, organisation=HEALTH, organisation_name="枣庄市卫生健康委员会", system="health"
)
REVIEWER = make_subject(
    ZAOZHUANG,
    Tier.CITY,
    organisation=CIVIL_AFFAIRS,
    system="bureau",
    person="reviewer",
    roles=frozenset({Role.AUTHORITY_REVIEWER}),
)
APPROVE = Decided(Verb.APPROVE)


@pytest.fixture
def manned(shelf: Shelf) -> Shelf:
    for code, name, place, tier, government in (
        (CIVIL_AFFAIRS, "枣庄市民政局", ZAOZHUANG, Tier.CITY, True),
        (HEALTH, "枣庄市卫生健康委员会", ZAOZHUANG, Tier.CITY, True),
        (TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY, True),
        ("91370400MA3C0000XY", "某某科技有限公司", ZAOZHUANG, Tier.CITY, False),
    ):
        shelf.parties.add_organisation(Organisation(code, name, "", place, tier, government))
    shelf.register(make_dataset(), NOW)
    return shelf


def right(shelf: Shelf, division: str, day: date = TODAY, element: str = "mobile", kind: str = "person") -> str:
    """Credit code of the source for a place; empty where there is none."""
    with shelf.engine.connect() as connection:
        found = sources.authority(connection, element, Scope(kind, division, day), shelf.tree())
    return found.organisation if found else ""


def test_the_narrowest_place_wins_and_nothing_speaks_for_what_lies_above_it(manned: Shelf) -> None:
    registry.bring(manned, OF_CITY, NOW)
    registry.bring(manned, replace(OF_CITY, division=TENGZHOU, organisation=TENGZHOU_CIVIL), NOW)
    assert right(manned, "370402000000") == CIVIL_AFFAIRS
    assert right(manned, ZAOZHUANG) == CIVIL_AFFAIRS
    assert right(manned, TENGZHOU) == TENGZHOU_CIVIL
    assert right(manned, "370481100000") == TENGZHOU_CIVIL
    assert right(manned, PROVINCE) == ""
    assert right(manned, TENGZHOU, element="resident_id") == ""
    assert right(manned, TENGZHOU, kind="enterprise") == ""


def test_an_entry_under_a_code_that_was_retired_speaks_for_the_place_that_it_became(manned: Shelf) -> None:
    old = replace(OF_CITY, division=OLD_LAIWU, since=date(2015, 1, 1))
    registry.bring(manned, old, NOW)
    assert right(manned, JINAN_LAIWU) == CIVIL_AFFAIRS
    with pytest.raises(BadInput, match="stands there since 2015-01-01"):
        registry.bring(manned, replace(old, division=JINAN_LAIWU, organisation=HEALTH, since=SINCE), NOW)
    with pytest.raises(BadInput, match="is not in force on 2026-01-01"):
        registry.bring(manned, replace(OF_CITY, division=OLD_LAIWU), NOW)


def test_days_decide_and_two_entries_share_none(manned: Shelf) -> None:
    registry.bring(manned, replace(OF_CITY, until=date(2026, 7, 1)), NOW)
    with pytest.raises(BadInput, match=r"枣庄市民政局 \(11370400004305679A\) stands there since 2026-01-01"):
        registry.bring(manned, replace(OF_CITY, organisation=HEALTH, since=date(2026, 6, 30)), NOW)
    registry.bring(manned, replace(OF_CITY, organisation=HEALTH, since=date(2026, 7, 1)), NOW)
    assert right(manned, ZAOZHUANG, date(2025, 12, 31)) == ""
    assert right(manned, ZAOZHUANG, date(2026, 6, 30)) == CIVIL_AFFAIRS
    assert right(manned, ZAOZHUANG, date(2026, 7, 1)) == HEALTH


def test_what_a_department_proposes_says_nothing_until_the_data_administration_has_decided(manned: Shelf) -> None:
    proposed = registry.propose(manned, CITY, replace(OF_CITY, organisation=HEALTH), NOW)
    assert (proposed.standing, proposed.proposed_by) == (Standing.PROPOSED, HEALTH)
    assert right(manned, ZAOZHUANG) == ""
    decided = registry.decide(manned, REVIEWER, proposed.number, APPROVE, NOW)
    assert (decided.standing, decided.decided_by) == (Standing.IN_FORCE, CIVIL_AFFAIRS)
    assert right(manned, ZAOZHUANG) == HEALTH
    events = [(r.body["event"], r.body["verb"], r.body["person"]) for r in manned.receipts.newest()]
    assert events == [("authority_source", "approve", "reviewer"), ("authority_source", "propose", "")]


def test_of_two_proposals_for_one_place_the_second_to_be_approved_is_refused_and_leaves_no_receipt(
    manned: Shelf,
) -> None:
    first, second = (
        registry.propose(manned, CITY, replace(OF_CITY, organisation=of), NOW) for of in (HEALTH, CIVIL_AFFAIRS)
    )
    registry.decide(manned, REVIEWER, first.number, APPROVE, NOW)
    before = len(manned.receipts.newest())
    with pytest.raises(BadInput, match="枣庄市卫生健康委员会"):
        registry.decide(manned, REVIEWER, second.number, APPROVE, NOW)
    assert len(manned.receipts.newest()) == before
    refused = registry.decide(manned, REVIEWER, second.number, Decided(Verb.REFUSE, "已有数源"), NOW)
    assert (refused.standing, refused.said) == (Standing.REFUSED, "已有数源")
    receipt = manned.receipts.newest()[0]
    assert receipt.body["said"] == receipts.digest(manned.token_key, "said", "已有数源"), "the words stand beside it"


@pytest.mark.parametrize(
    ("standing", "verb", "possible"),
    [
        (Standing.PROPOSED, Verb.APPROVE, True),
        (Standing.PROPOSED, Verb.REFUSE, True),
        (Standing.PROPOSED, Verb.END, False),
        (Standing.IN_FORCE, Verb.APPROVE, False),
        (Standing.IN_FORCE, Verb.REFUSE, False),
        (Standing.IN_FORCE, Verb.END, True),
        *((standing, verb, False) for standing in (Standing.REFUSED, Standing.ENDED) for verb in Verb),
    ],
)
def test_every_decision_in_every_standing(standing: Standing, verb: Verb, possible: bool) -> None:
    if possible:
        assert sources.moved(standing, verb) in Standing
    else:
        with pytest.raises(BadInput, match="possible now"):
            sources.moved(standing, verb)


def test_an_ended_entry_speaks_for_the_days_before_its_end_only_in_the_record(manned: Shelf) -> None:
    registry.bring(manned, OF_CITY, NOW)
    ended = registry.decide(manned, REVIEWER, 1, Decided(Verb.END, "职责划转", NOW.date()), NOW)
    assert (ended.standing, ended.until) == (Standing.ENDED, NOW.date())
    assert right(manned, ZAOZHUANG) == ""
    registry.bring(manned, replace(OF_CITY, organisation=HEALTH, since=NOW.date()), NOW)
    assert right(manned, ZAOZHUANG) == HEALTH
    with pytest.raises(BadInput, match="expected a day after 2026-11-20"):
        registry.decide(manned, REVIEWER, 2, Decided(Verb.END, "x", NOW.date()), NOW)


@pytest.mark.parametrize(
    ("who", "code"),
    [
        (replace(REVIEWER, roles=frozenset({Role.SOURCE_REVIEWER})), "ROLE_MISSING"),
        (replace(REVIEWER, roles=frozenset({Role.SECURITY_AUDITOR})), "ROLE_MISSING"),
        (replace(REVIEWER, person="", roles=frozenset()), "ROLE_MISSING"),
        (replace(REVIEWER, credential_active=False), "ROLE_MISSING"),
        (replace(REVIEWER, division=TENGZHOU), "OUT_OF_AREA"),
    ],
)
def test_nobody_but_an_authority_reviewer_of_the_area_decides(manned: Shelf, who: Subject, code: str) -> None:
    proposed = registry.propose(manned, CITY, OF_CITY, NOW)
    before = len(manned.receipts.newest())
    with pytest.raises(Refused) as refused:
        registry.decide(manned, who, proposed.number, APPROVE, NOW)
    assert refused.value.code == code
    assert len(manned.receipts.newest()) == before
    assert right(manned, ZAOZHUANG) == ""


def test_who_proposed_does_not_approve(manned: Shelf) -> None:
    proposed = registry.propose(manned, REVIEWER, OF_CITY, NOW)
    with pytest.raises(Refused) as refused:
        registry.decide(manned, REVIEWER, proposed.number, APPROVE, NOW)
    assert refused.value.code == "OWN_PROPOSAL"
    registry.decide(manned, replace(REVIEWER, person="another"), proposed.number, APPROVE, NOW)


def test_neither_the_public_nor_an_enterprise_proposes(manned: Shelf) -> None:
    with pytest.raises(Unidentified):
        registry.propose(manned, manned.parties.subject("", NOW), OF_CITY, NOW)
    with pytest.raises(Refused):
        registry.propose(manned, replace(CITY, government=False), OF_CITY, NOW)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"element": "shoe_size"}, "element: found 'shoe_size'"),
        ({"subject_kind": "dog"}, "subject_kind: found 'dog'"),
        ({"basis": "  "}, "basis: expected"),
        ({"until": SINCE}, "until: found 2026-01-01"),
        ({"division": "37O4"}, "division: division code"),
        ({"organisation": "113704000043056000"}, "organisation: no organisation"),
        ({"organisation": "91370400MA3C0000XY"}, "no active government body"),
        ({"dataset": "no.such"}, "dataset: expected one of 枣庄市民政局 with an item that is mobile"),
        ({"dataset": "civil_affairs.low_income", "organisation": HEALTH}, "dataset: expected one of 枣庄市卫生"),
        ({"dataset": "civil_affairs.low_income", "element": "bank_card"}, "an item that is bank_card"),
    ],
)
def test_an_entry_that_does_not_fit_is_refused_with_what_was_expected(
    manned: Shelf, told: dict[str, object], said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        registry.propose(manned, CITY, replace(OF_CITY, **told), NOW)  # type: ignore[arg-type]
    assert manned.receipts.newest() == ()


def test_an_alias_names_the_element_and_a_short_code_the_division(manned: Shelf) -> None:
    proposed = registry.propose(manned, CITY, replace(OF_CITY, element="手机号码", division="3704"), NOW)
    assert (proposed.element, proposed.division) == ("mobile", ZAOZHUANG)


def test_an_entry_whose_dataset_is_hidden_is_told_without_names_and_once(manned: Shelf) -> None:
    for key in ("health.secret", "health.secret_too"):
        manned.register(make_dataset(key, owner=HEALTH, sharing=Sharing.WITHHELD, withheld_basis="x"), NOW)
    secret = replace(OF_CITY, organisation=HEALTH, dataset="health.secret")
    registry.bring(manned, secret, NOW)
    registry.bring(manned, replace(secret, dataset="health.secret_too", division=TENGZHOU), NOW)
    registry.bring(manned, replace(OF_CITY, element="sex"), NOW)
    stranger = make_subject()
    [shown] = registry.told_once(registry.entries(manned, stranger, "mobile"))
    assert (shown.hidden, shown.organisation_name) == (True, "")
    owner = registry.entries(manned, CITY, "mobile")
    assert [one.hidden for one in owner] == [False, False]
    assert registry.entries(manned, manned.parties.subject("", NOW)) == ()


def test_a_file_is_brought_in_once_and_its_mistakes_are_told_all_at_once(manned: Shelf, tmp_path: Path) -> None:
    file = tmp_path / "sources.csv"
    file.write_text(
        "element,subject_kind,division,organisation,dataset,basis,since,until\n"
        f"身份证号,person,3704,{CIVIL_AFFAIRS},civil_affairs.low_income,依据一,2026-01-01,\n"
        f"mobile,person,370400,{HEALTH},,依据二,2026-01-01,2027-01-01\n",
        encoding="gb18030",
    )
    found = [one for _, one in read_authority_file(file)]
    assert [registry.bring(manned, one, NOW, "root") for one in found] == [True, True]
    assert {receipt.body["account"] for receipt in manned.receipts.newest()} == {"root"}
    assert [registry.bring(manned, one, NOW + timedelta(days=1)) for one in found] == [False, False]
    file.write_text("element,division,organisation,basis,since\n,3704,x,y,2026-02-30\nmobile,,x,,gestern\n")
    with pytest.raises(ContractBroken) as broken:
        read_authority_file(file)
    assert [(one.line, one.where) for one in broken.value.mistakes] == [
        (2, "element"), (2, "since"), (3, "division"), (3, "basis"), (3, "since"),
    ]  # fmt: skip
    file.write_text("element,organisation,colour\n")
    with pytest.raises(ContractBroken, match="expected the columns element, division"):
        read_authority_file(file)


def test_there_is_no_entry_of_a_number_that_nobody_gave(manned: Shelf) -> None:
    with pytest.raises(Unknown):
        registry.decide(manned, REVIEWER, 99, APPROVE, NOW)
