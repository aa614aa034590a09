"""Expected answers of the access rule, written by hand from its page: who asks what, and what must come of it."""

# ruff: noqa: E501 - a table is read across: one case, one line

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.access import decide, explain, visible
from schemas.access import Ask, Basis, Consent, Decision, Grant, GrantState, Mode, Roster, Standing, Tier
from schemas.dataset import Grade, Json, ScopeRole, Transform
from tests.oracle.world import DATASETS, LOW_INCOME, NOW, PUBLISHED, SUBJECTS, TREE, ask, consent, grant, roster

CITY, COUNTY, SHANTING, LAIWU = "370400000000", "370402000000", "370406000000", "370116000000"
CHECKUP, INSPECTION, WIDE = "civil_affairs.checkup", "civil_affairs.inspection", "civil_affairs.province_wide"
PENALTY, ENTERPRISE, CODES = "credit.penalty", "market_regulation.enterprise", "standards.industries"
PEOPLE, VISITS, RECORDS = "civil_affairs.people_open", "health.visits", "health.records"
OF_COUNTY = "civil_affairs.of_county"
SCREENINGS = "health.screenings"


@dataclass(frozen=True)
class Case:
    """One ask and the answer to it: a refusal's gate and code, or `rows` as (column, divisions) and some columns."""

    name: str
    ask: Ask
    grants: tuple[Grant, ...] = ()
    standing: Standing = PUBLISHED
    consents: tuple[Consent, ...] | Roster = ()
    refused: str = ""
    basis: Basis = Basis.GRANT
    rows: tuple[str, tuple[str, ...]] = ("", ())
    columns: str = ""
    """`name=transform` of every served column, or only some of them with `…` at the end; empty: not looked at."""
    keys: tuple[str, ...] | None = None
    roster: str = ""
    filter: Json = None
    of: str = ""
    """Key of the dataset at hand, where it is not the one that the ask names."""


HOUSEHOLD = ("household", (CITY,))
EVERY = ("", ())
ALL_GRANTED = (
    "person_id=clear name=clear phone=mask birthday=bucket illness=token household=clear collected=clear amount=clear"
)
OWNED = (
    "person_id=clear name=clear phone=clear birthday=clear illness=clear household=clear collected=clear amount=clear "
    "note=clear draft=clear"
)
KEY = {"person_id": "person_id-1"}
THREE, FOUR = {"column": "amount", "op": "=", "value": "3"}, {"column": "note", "op": "=", "value": "4"}


def to(who: str, **more: Any) -> tuple[Grant, ...]:
    return (grant(to=who, **more),)


def without_credential(who: str, dataset: str = LOW_INCOME.key, **more: Any) -> Ask:
    return ask(who, dataset, subject=replace(SUBJECTS[who], **more))


CASES = [
    # G0, G1
    Case("revoked credential", without_credential("city", credential_active=False), to("city"), refused="G0 SUBJECT_CREDENTIAL_INACTIVE"),
    Case("closed organisation", without_credential("city", organisation_active=False), to("city"), refused="G0 SUBJECT_ORGANISATION_INACTIVE"),
    Case("system without organisation", without_credential("city", organisation=""), to("city"), refused="G0 SUBJECT_ORGANISATION_INACTIVE"),
    Case("nothing published", ask(), to("city"), Standing(False, False, 0), refused="G1 DATASET_NOT_PUBLISHED"),
    Case("withdrawn", ask(), to("city"), Standing(False, False, 3), refused="G1 DATASET_NOT_PUBLISHED"),
    Case("an ask of another dataset", ask(dataset="no.such"), to("city"), of=LOW_INCOME.key, refused="G1 DATASET_MISMATCH"),
    Case("no version", ask(), to("city"), Standing(True, False, 0), refused="G1 DATASET_NOT_PUBLISHED"),
    Case("held back", ask(), to("city"), Standing(True, True, 3), refused="G1 DATASET_HELD_BACK"),
    # G2
    Case("conditional without a grant", ask(), refused="G2 SHARE_CLASS_DENIED"),
    Case("another organisation's grant is no grant", ask("county"), to("city"), refused="G2 SHARE_CLASS_DENIED"),
    Case("a grant on another dataset is no grant", ask(), to("city", dataset=CHECKUP), refused="G2 SHARE_CLASS_DENIED"),
    Case("the public and conditional data", ask("public"), to("city"), refused="G2 SHARE_CLASS_DENIED"),
    Case("the public says open use of conditional data", ask("public", purpose="open_use"), refused="G2 SHARE_CLASS_DENIED"),
    Case("open basis named for conditional data", ask(basis=Basis.OPEN, purpose=""), to("city"), refused="G2 SHARE_CLASS_DENIED"),
    Case("the public and unconditional data", ask("public", ENTERPRISE, purpose=""), refused="G2 SHARE_CLASS_DENIED"),
    Case("withheld, even with a grant", ask("city", INSPECTION), to("city", dataset=INSPECTION), refused="G2 SHARE_CLASS_DENIED"),
    Case("withheld is not returned", ask("county", INSPECTION, purpose="data_return"), refused="G2 SHARE_CLASS_DENIED"),
    Case("withheld, its owner by a grant", ask("owner", INSPECTION), to("owner", dataset=INSPECTION), refused="G2 SHARE_CLASS_DENIED"),
    Case("withheld, its owner", ask("owner", INSPECTION, purpose="own_duty"), basis=Basis.OWNER, rows=EVERY, columns=OWNED),
    Case("a grant does not follow whoever drops the credential", without_credential("city", system=""), to("city"), refused="G2 SHARE_CLASS_DENIED"),
    Case("nor to open data", without_credential("city", PENALTY, system=""), to("city", dataset=PENALTY, scope=ScopeRole.OCCURRENCE), refused="G4 PURPOSE_MISMATCH"),
    # G3
    Case("two grants fit", ask(), (grant("G-1"), grant("G-2")), refused="G3 AMBIGUOUS_GRANT"),
    Case("two grants, one named", ask(grant="G-2"), (grant("G-1"), grant("G-2", divisions=(COUNTY,))), rows=("household", (COUNTY,))),
    Case("two grants, one for this purpose", ask(), (grant("G-1", purpose="statistics"), grant("G-2")), rows=HOUSEHOLD),
    Case("two grants, one for this mode", ask(), (grant("G-1", modes=(Mode.BULK,)), grant("G-2")), rows=HOUSEHOLD),
    Case("two grants, one in force", ask(), (grant("G-1", state=GrantState.REVOKED), grant("G-2")), rows=HOUSEHOLD),
    Case("no such number", ask(grant="G-9"), to("city"), refused="G3 GRANT_UNKNOWN"),
    Case("somebody else's number", ask(grant="G-2"), (grant("G-1"), grant("G-2", to="county")), refused="G3 GRANT_UNKNOWN"),
    Case("own number of another dataset", ask(grant="G-2"), (grant("G-1"), grant("G-2", dataset=CHECKUP)), refused="G3 GRANT_UNKNOWN"),
    Case("grant for another system", ask(grant="G-2"), (grant("G-1"), grant("G-2", systems=("other",))), refused="G3 GRANT_UNKNOWN"),
    Case("grant for this system", ask(), to("city", systems=("sys-H01",)), rows=HOUSEHOLD),
    Case("grant number and another basis", ask("owner", basis=Basis.OWNER, grant="G-1"), to("owner"), refused="G3 BASIS_UNCLEAR"),
    Case("own duty of another's data", ask(purpose="own_duty"), to("city"), refused="G3 NOT_THE_OWNER"),
    # Owner
    Case("the owner says own duty", ask("owner", purpose="own_duty", mode=Mode.BULK), basis=Basis.OWNER, rows=EVERY, columns=OWNED),
    Case("the owner says nothing", ask("owner", purpose=""), basis=Basis.OWNER, rows=EVERY, columns=OWNED),
    Case("the owner says another purpose", ask("owner", purpose="statistics"), refused="G4 PURPOSE_MISMATCH"),
    Case("the owner asks for one county", ask("owner", purpose="", division="370402"), basis=Basis.OWNER, rows=("household", (COUNTY,))),
    # Return
    Case("county gets its own back", ask("county", purpose="data_return", mode=Mode.BULK), basis=Basis.RETURN, rows=("collected", (COUNTY,)), columns=OWNED),
    Case("another county gets its own", ask("shanting", purpose="data_return"), basis=Basis.RETURN, rows=("collected", (SHANTING,))),
    Case("town gets its own back", ask("town", purpose="data_return"), basis=Basis.RETURN, rows=("collected", ("370402001000",))),
    Case("village gets its own back, by query", ask("village", purpose="data_return"), basis=Basis.RETURN, rows=("collected", ("370402001001",)), columns=OWNED),
    Case("village takes no bulk, returned or not", ask("village", purpose="data_return", mode=Mode.BULK), refused="G5 MODE_NOT_GRANTED"),
    Case("the province pretends return", ask("province", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("an equal pretends return", ask("city", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("an equal with a short code", ask("city short", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("a foreign county", ask("foreign", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("a county of another city", ask("laiwu", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("the city gets its own back from the province", ask("city", WIDE, purpose="data_return"), basis=Basis.RETURN, rows=("collected", (CITY,))),
    Case("Laiwu from the province", ask("laiwu", WIDE, purpose="data_return"), basis=Basis.RETURN, rows=("collected", (LAIWU,))),
    Case("Laiwu by its retired code", ask("laiwu old", WIDE, purpose="data_return"), basis=Basis.RETURN, rows=("collected", ("371202000000",))),
    Case("Laiwu by its retired code from Jinan", ask("laiwu old", "civil_affairs.jinan", purpose="data_return"), basis=Basis.RETURN, rows=("collected", ("371202000000",))),
    Case("another's rows by return", ask("county", purpose="data_return", division=SHANTING), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("a province's system in a county pretends return", ask("county", subject=replace(SUBJECTS["county"], tier=Tier.PROVINCE), purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("a company has no right of return", ask("company", purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("no collected-by column, no return", ask("county", ENTERPRISE, purpose="data_return"), refused="G3 RETURN_NOT_DUE"),
    Case("return needs its purpose said", ask("county", basis=Basis.RETURN, purpose=""), refused="G4 PURPOSE_MISMATCH"),
    # Open
    Case("the public and open data", ask("public", PENALTY, purpose="", mode=Mode.BULK), basis=Basis.OPEN, rows=EVERY, columns="number=clear credit_code=clear place=clear sum=bucket"),
    Case("a county and open data in bulk: not clipped", ask("county", PENALTY, purpose="open_use", mode=Mode.BULK), basis=Basis.OPEN, rows=EVERY),
    Case("open data of a retired code's place", ask("public", PENALTY, purpose="", division="370116"), basis=Basis.OPEN, rows=("place", (LAIWU,))),
    Case("a village and open data in bulk", ask("village", PENALTY, purpose="", mode=Mode.BULK), basis=Basis.OPEN, rows=EVERY),
    Case("open data for another purpose", ask("public", PENALTY, purpose="statistics"), refused="G4 PURPOSE_MISMATCH"),
    Case("open basis for own duty", ask("owner", PENALTY, basis=Basis.OPEN, purpose="own_duty"), refused="G4 PURPOSE_MISMATCH"),
    Case("open data as a file that is not offered", ask("public", PENALTY, purpose="", mode=Mode.FILE), refused="G5 MODE_NOT_GRANTED"),
    Case("open data, only a graded item asked", ask("public", PENALTY, purpose="", columns=("handler",)), refused="G7 GRADE_TOO_HIGH"),
    Case("open data, only a withheld item asked", ask("public", PENALTY, purpose="", columns=("remark",)), refused="G8 NO_COLUMNS"),
    Case("the owner of open data says nothing: as everybody", ask("owner", PENALTY, purpose=""), basis=Basis.OPEN, rows=EVERY, columns="number=clear credit_code=clear place=clear sum=bucket"),
    Case("the owner of open data says own duty", ask("owner", PENALTY, purpose="own_duty"), basis=Basis.OWNER, rows=EVERY, columns="number=clear credit_code=clear place=clear handler=clear remark=clear sum=clear"),
    Case("a grant on open data gives more", ask("city", PENALTY), to("city", dataset=PENALTY, scope=ScopeRole.OCCURRENCE), rows=("place", (CITY,)), columns="number=clear credit_code=clear place=clear handler=clear sum=bucket"),
    Case("open data of persons, k unknown", ask("public", PEOPLE, purpose=""), refused="G12 OPEN_NOT_ANONYMOUS"),
    Case("open data of persons, k too small", ask("public", PEOPLE, purpose=""), (), Standing(True, False, 7, 4), refused="G12 OPEN_NOT_ANONYMOUS"),
    Case("open data of persons, k large enough", ask("public", PEOPLE, purpose=""), (), Standing(True, False, 7, 5), basis=Basis.OPEN, rows=EVERY, columns="age=clear household=clear"),
    # G4, G5, G6
    Case("another purpose", ask(purpose="statistics"), to("city"), refused="G4 PURPOSE_MISMATCH"),
    Case("no purpose", ask(purpose=""), to("city"), refused="G4 PURPOSE_MISMATCH"),
    Case("the right purpose in capitals", ask(purpose="SOCIAL_ASSISTANCE"), to("city"), refused="G4 PURPOSE_MISMATCH"),
    Case("the right purpose with a blank", ask(purpose="social_assistance "), to("city"), refused="G4 PURPOSE_MISMATCH"),
    Case("a purpose outside the closed list, even if granted", ask(purpose="curiosity"), to("city", purpose="curiosity"), refused="G4 PURPOSE_MISMATCH"),
    Case("a grant for a reserved purpose", ask(purpose="data_return", grant="G-1"), to("city", purpose="data_return"), refused="G4 PURPOSE_MISMATCH"),
    Case("another mode", ask(mode=Mode.BULK), to("city", modes=(Mode.QUERY,)), refused="G5 MODE_NOT_GRANTED"),
    Case("a village takes no bulk", ask("village", mode=Mode.BULK), to("village"), refused="G5 MODE_NOT_GRANTED"),
    Case("a grid takes no delta", ask("grid", mode=Mode.DELTA), to("grid"), refused="G5 MODE_NOT_GRANTED"),
    Case("a village takes no file", ask("village", mode=Mode.FILE), to("village"), refused="G5 MODE_NOT_GRANTED"),
    Case("begins this moment", ask(), to("city", start=NOW), rows=HOUSEHOLD),
    Case("begins a moment later", ask(), to("city", start=NOW + timedelta(microseconds=1)), refused="G6 GRANT_NOT_IN_FORCE"),
    Case("ends this moment", ask(), to("city", end=NOW), refused="G6 GRANT_NOT_IN_FORCE"),
    Case("ends a moment later", ask(), to("city", end=NOW + timedelta(microseconds=1)), rows=HOUSEHOLD),
    Case("suspended", ask(), to("city", state=GrantState.SUSPENDED), refused="G6 GRANT_NOT_IN_FORCE"),
    Case("revoked", ask(), to("city", state=GrantState.REVOKED), refused="G6 GRANT_NOT_IN_FORCE"),
    Case("expired by its state", ask(), to("city", state=GrantState.EXPIRED), refused="G6 GRANT_NOT_IN_FORCE"),
    Case("quota spent", ask(), to("city", quota=0), refused="G6 QUOTA_SPENT"),
    Case("one read left", ask(), to("city", quota=1), rows=HOUSEHOLD),
    Case("two reads of one left", ask(reads=2), to("city", quota=1), refused="G6 QUOTA_SPENT"),
    # G7, G8
    Case("everything granted, defaults kept", ask(), to("city"), rows=HOUSEHOLD, columns=ALL_GRANTED),
    Case("low clearance", without_credential("city", clearance=Grade.GENERAL_2), to("city"), rows=HOUSEHOLD, columns="phone=mask birthday=bucket household=clear collected=clear amount=clear"),
    Case("important, city tier, cleared", ask(subject=replace(SUBJECTS["city"], clearance=Grade.IMPORTANT), columns=("plan",)), to("city"), rows=HOUSEHOLD, columns="plan=clear"),
    Case("important, not cleared", ask(columns=("plan",)), to("city"), refused="G7 GRADE_TOO_HIGH"),
    Case("important as a file", ask(subject=replace(SUBJECTS["city"], clearance=Grade.CORE), columns=("plan",), mode=Mode.FILE), to("city"), refused="G7 GRADE_TOO_HIGH"),
    Case("important to a county", ask("county", subject=replace(SUBJECTS["county"], clearance=Grade.CORE), columns=("plan",)), to("county"), refused="G7 GRADE_TOO_HIGH"),
    Case("core to nobody", ask("owner", subject=replace(SUBJECTS["owner"], clearance=Grade.CORE), purpose="own_duty", columns=("secret",)), refused="G7 GRADE_TOO_HIGH"),
    Case("a withheld item alone", ask(columns=("note",)), to("city", columns=("note",)), refused="G8 NO_COLUMNS"),
    Case("an ungranted item alone", ask(columns=("name",)), to("city", columns=("amount",)), refused="G8 NO_COLUMNS"),
    Case("a dropped item alone", ask(columns=("draft",)), to("city"), refused="G8 NO_COLUMNS"),
    Case("asked and granted", ask(columns=("name", "amount")), to("city", columns=("amount", "phone")), rows=HOUSEHOLD, columns="amount=clear"),
    Case("the grant makes stricter", ask(columns=("amount", "phone")), to("city", transforms={"amount": Transform.BUCKET, "phone": Transform.CLEAR}), rows=HOUSEHOLD, columns="phone=mask amount=bucket"),
    Case("the grant drops the last", ask(columns=("amount",)), to("city", transforms={"amount": Transform.DROP}), refused="G8 NO_COLUMNS"),
    Case("town in bulk: ids masked", ask("town", mode=Mode.BULK, columns=("person_id", "phone", "name")), to("town"), rows=("household", ("370402001000",)), columns="person_id=mask name=clear phone=mask"),
    Case("town by query: ids as granted", ask("town", columns=("person_id", "name")), to("town"), rows=HOUSEHOLD, columns="person_id=clear name=clear"),
    Case("village: id and phone masked", ask("village", ENTERPRISE, columns=("contact",)), to("village", dataset=ENTERPRISE, scope=ScopeRole.REGISTERED), rows=("registered", (CITY,)), columns="contact=mask"),
    Case("village: a stricter token stays", ask("village", columns=("person_id",)), to("village", transforms={"person_id": Transform.TOKEN}), rows=HOUSEHOLD, columns="person_id=token"),
    Case("filter on a clear item", ask(filter=THREE), to("city"), rows=HOUSEHOLD, filter=THREE),
    Case("filter of the grant", ask(), to("city", row_filter=FOUR), rows=HOUSEHOLD, filter=FOUR),
    Case("filters of both", ask(filter=THREE), to("city", row_filter=FOUR), rows=HOUSEHOLD, filter={"and": [FOUR, THREE]}),
    Case("filter on a masked item", ask(filter={"column": "phone", "op": "=", "value": "1"}), to("city"), refused="G8 FILTER_NOT_ALLOWED"),
    Case("filter on an ungranted item", ask(filter={"column": "name", "op": "=", "value": "1"}), to("city", columns=("amount",)), refused="G8 FILTER_NOT_ALLOWED"),
    Case("comparison of a masked item", ask(compared={"phone": "1"}), to("city"), refused="G8 FILTER_NOT_ALLOWED"),
    Case("comparison of an ungranted item", ask(compared={"name": "1"}), to("city", columns=("amount",)), refused="G8 FILTER_NOT_ALLOWED"),
    Case("filter hidden in a not", ask(filter={"not": {"or": [{"column": "note", "op": "=", "value": "1"}]}}), to("city"), refused="G8 FILTER_NOT_ALLOWED"),
    Case("filter of unknown shape", ask(filter="amount > 3"), to("city"), refused="G8 FILTER_NOT_ALLOWED"),
    # G9
    Case("county in bulk: clipped", ask("county", mode=Mode.BULK), to("county"), rows=("household", (COUNTY,))),
    Case("county as delta: clipped", ask("county", mode=Mode.DELTA), to("county"), rows=("household", (COUNTY,))),
    Case("county as a file: clipped", ask("county", mode=Mode.FILE), to("county"), rows=("household", (COUNTY,))),
    Case("county by query: not clipped", ask("county"), to("county"), rows=HOUSEHOLD),
    Case("city in bulk: not clipped", ask(mode=Mode.BULK), to("city", divisions=("370000000000",)), rows=("household", ("370000000000",))),
    Case("county in bulk, grant elsewhere", ask("county", mode=Mode.BULK), to("county", divisions=(SHANTING,)), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("asked within granted", ask(division="370402"), to("city"), rows=("household", (COUNTY,))),
    Case("asked wider than granted", ask(division="37"), to("city", divisions=("370402",)), rows=("household", (COUNTY,))),
    Case("asked beside granted", ask(division=SHANTING), to("city", divisions=(COUNTY,)), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("asked in another province", ask(division="320312"), to("city"), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("no such division", ask(division="370477"), to("city"), refused="G9 DIVISION_UNKNOWN"),
    Case("no division at all", ask(division="枣庄"), to("city"), refused="G9 DIVISION_UNKNOWN"),
    Case("retired code asked, new one granted", ask(division="371202"), to("city", divisions=(LAIWU,)), rows=("household", (LAIWU,))),
    Case("a split county lies in its city", ask(division="370499"), to("city"), rows=("household", ("370499000000",))),
    Case("a split county lies in neither heir", ask(division="370499"), to("city", divisions=(COUNTY, SHANTING)), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("granted twice over", ask(), to("city", divisions=(COUNTY, CITY, "3704", "370402001001")), rows=HOUSEHOLD),
    Case("two counties granted", ask(), to("city", divisions=(SHANTING, COUNTY)), rows=("household", (COUNTY, SHANTING))),
    Case("every row granted", ask(), to("city", divisions=()), rows=EVERY),
    Case("every row granted, county in bulk", ask("county", mode=Mode.BULK), to("county", divisions=()), rows=("household", (COUNTY,))),
    Case("the grant speaks of where it was collected", ask(), to("city", scope=ScopeRole.COLLECTED_BY), rows=("collected", (CITY,))),
    Case("the grant speaks of a place that rows do not have", ask(), to("city", scope=ScopeRole.OCCURRENCE), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("divisions of no role", ask(), to("city", scope=None), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("a code table in bulk to a county", ask("county", CODES, mode=Mode.BULK), to("county", dataset=CODES, divisions=(), scope=None), rows=EVERY, columns="code=clear title=clear"),
    Case("rows about people without a place in bulk to a county", ask("county", VISITS, mode=Mode.BULK), to("county", dataset=VISITS, divisions=(), scope=None), PUBLISHED, (consent("a", to="county"),), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("a code table has no division", ask("county", CODES, division=COUNTY), to("county", dataset=CODES, divisions=(), scope=None), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("a code table granted for a division", ask("county", CODES, mode=Mode.BULK), to("county", dataset=CODES, scope=None), refused="G9 NO_ROWS_IN_SCOPE"),
    # G10, G11, G12
    Case("no consent at all", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), refused="G10 CONSENT_MISSING"),
    Case("two who consented", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("b"), consent("a"), consent("a")), rows=HOUSEHOLD, keys=("a", "b")),
    Case("consent to another organisation", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", to="county"),), refused="G10 CONSENT_MISSING"),
    Case("consent to another purpose", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", purpose="statistics"),), refused="G10 CONSENT_MISSING"),
    Case("consent that has run out", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", until=NOW),), refused="G10 CONSENT_MISSING"),
    Case("consent is by the person, not by the record", ask(dataset=RECORDS), to("city", dataset=RECORDS, scope=ScopeRole.RESIDENCE), PUBLISHED, (consent("a"),), rows=("residence", (CITY,)), keys=("a",)),
    Case("verify by a record's number does not show the person's consent", ask(dataset=RECORDS, mode=Mode.VERIFY, case="2026-1", key={"record_no": "a"}), to("city", dataset=RECORDS, scope=ScopeRole.RESIDENCE), PUBLISHED, (consent("a"),), refused="G10 CONSENT_MISSING"),
    Case("a consent that begins this moment", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", since=NOW),), rows=HOUSEHOLD, keys=("a",)),
    Case("a consent that has not begun", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", since=NOW + timedelta(seconds=1)),), refused="G10 CONSENT_MISSING"),
    Case("a consent for this dataset", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", dataset=CHECKUP),), rows=HOUSEHOLD, keys=("a",)),
    Case("a consent for another dataset", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, (consent("a", dataset=RECORDS),), refused="G10 CONSENT_MISSING"),
    Case("a roster", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(), rows=HOUSEHOLD, roster="mark"),
    Case("a roster of another organisation", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(to="county"), refused="G10 CONSENT_MISSING"),
    Case("a roster for another purpose", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(purpose="statistics"), refused="G10 CONSENT_MISSING"),
    Case("a roster for another dataset", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(dataset=RECORDS), refused="G10 CONSENT_MISSING"),
    Case("a roster of nobody", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(persons=0), refused="G10 CONSENT_MISSING"),
    Case("a roster that has changed since", ask(dataset=CHECKUP), to("city", dataset=CHECKUP), PUBLISHED, roster(until=NOW), refused="G10 CONSENT_MISSING"),
    Case("a roster shows nobody's consent to a verify", ask(dataset=CHECKUP, mode=Mode.VERIFY, case="2026-1", key=KEY), to("city", dataset=CHECKUP), PUBLISHED, roster(), refused="G10 CONSENT_MISSING"),
    Case("the owner needs no roster", ask("owner", CHECKUP, purpose=""), (), PUBLISHED, roster(to="owner"), basis=Basis.OWNER, rows=EVERY),
    # Figures for superiors
    Case("a province counts by a city's data", ask("province", mode=Mode.AGGREGATE), (), basis=Basis.SUPERIOR, rows=("household", ("370000000000",)), columns="household=clear collected=clear amount=clear"),
    Case("a city counts by a county's data, its own subtree", ask("city", OF_COUNTY, mode=Mode.AGGREGATE), (), basis=Basis.SUPERIOR, rows=HOUSEHOLD),
    Case("a town within", ask("province", mode=Mode.AGGREGATE, division="370402"), (), basis=Basis.SUPERIOR, rows=("household", (COUNTY,))),
    Case("figures want no consent", ask("province", CHECKUP, mode=Mode.AGGREGATE, columns=("amount",)), (), basis=Basis.SUPERIOR, rows=("household", ("370000000000",)), columns="amount=clear"),
    Case("no figures of masked items", ask("province", PENALTY, mode=Mode.AGGREGATE), (), basis=Basis.SUPERIOR, rows=("place", ("370000000000",)), columns="number=clear place=clear handler=clear"),
    Case("an equal is no superior", ask("city", mode=Mode.AGGREGATE), (), refused="G3 NOT_SUPERIOR"),
    Case("a lower tier is none", ask("county", mode=Mode.AGGREGATE), (), refused="G3 NOT_SUPERIOR"),
    Case("nor is another province's county", ask("foreign", OF_COUNTY, mode=Mode.AGGREGATE), (), refused="G3 NOT_SUPERIOR"),
    Case("nor a company of the city", ask("company", OF_COUNTY, mode=Mode.AGGREGATE, subject=replace(SUBJECTS["company"], tier=Tier.CITY, division="370400000000")), (), refused="G3 NOT_SUPERIOR"),
    Case("nor the public", ask("public", mode=Mode.AGGREGATE), (), refused="G2 SHARE_CLASS_DENIED"),
    Case("withheld data tell no figures", ask("province", INSPECTION, mode=Mode.AGGREGATE), (), refused="G2 SHARE_CLASS_DENIED"),
    Case("figures need a purpose", ask("province", mode=Mode.AGGREGATE, purpose=""), (), refused="G4 PURPOSE_MISMATCH"),
    Case("the right to figures opens no row", ask("province", mode=Mode.QUERY, basis=Basis.SUPERIOR), (), refused="G5 MODE_NOT_GRANTED"),
    Case("a grant opens no figures", ask(mode=Mode.AGGREGATE, basis=Basis.GRANT), to("city"), refused="G5 MODE_NOT_GRANTED"),
    Case("nor does data return", ask("county", mode=Mode.AGGREGATE, purpose="data_return"), (), refused="G5 MODE_NOT_GRANTED"),
    Case("no figures of who somebody is", ask("province", mode=Mode.AGGREGATE, columns=("person_id", "birthday", "illness", "phone")), (), refused="G8 NO_COLUMNS"),
    Case("no figures above the grade", ask("province", mode=Mode.AGGREGATE, columns=("secret",)), (), refused="G7 GRADE_TOO_HIGH"),
    Case("no figures filtered by who somebody is", ask("province", mode=Mode.AGGREGATE, filter={"column": "birthday", "op": "=", "value": "x"}), (), refused="G8 FILTER_NOT_ALLOWED"),
    Case("rows without a place are in nobody's subtree", ask("province", CODES, mode=Mode.AGGREGATE), (), refused="G9 NO_ROWS_IN_SCOPE"),
    Case("the owner may have them too", ask("owner", mode=Mode.AGGREGATE, purpose="own_duty"), (), basis=Basis.OWNER, rows=EVERY),
    Case("the owner needs no consent again", ask("owner", CHECKUP, purpose=""), basis=Basis.OWNER, rows=EVERY),
    Case("verify of one who consented", ask(dataset=CHECKUP, mode=Mode.VERIFY, case="2026-1", key=KEY), to("city", dataset=CHECKUP), PUBLISHED, (consent("person_id-1"),), rows=HOUSEHOLD, keys=("person_id-1",)),
    Case("verify of one who did not", ask(dataset=CHECKUP, mode=Mode.VERIFY, case="2026-1", key=KEY), to("city", dataset=CHECKUP), PUBLISHED, (consent("person_id-2"),), refused="G10 CONSENT_MISSING"),
    Case("verify", ask("county", mode=Mode.VERIFY, case="2026-1", key=KEY), to("county"), rows=HOUSEHOLD, keys=("person_id-1",)),
    Case("verify without a case", ask(mode=Mode.VERIFY, key=KEY), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify with a blank case", ask(mode=Mode.VERIFY, case=" ", key=KEY), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify without a subject", ask(mode=Mode.VERIFY, case="2026-1"), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify by another item", ask(mode=Mode.VERIFY, case="2026-1", key={"name": "甲"}), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify by more than the key", ask(mode=Mode.VERIFY, case="2026-1", key={**KEY, "name": "甲"}), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify by half a key", ask(dataset=VISITS, mode=Mode.VERIFY, case="2026-1", key={"person_id": "a"}), to("city", dataset=VISITS, divisions=(), scope=None), PUBLISHED, (consent("a"),), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify by a whole key of two", ask(dataset=VISITS, mode=Mode.VERIFY, case="2026-1", key={"day": "d", "person_id": "a"}), to("city", dataset=VISITS, divisions=(), scope=None), PUBLISHED, (consent("a"),), rows=EVERY, keys=("a\x1fd",)),
    Case("verify by the subject key", ask(dataset=SCREENINGS, mode=Mode.VERIFY, case="2026-1", key={"person_id": "a"}), to("city", dataset=SCREENINGS, scope=ScopeRole.RESIDENCE), rows=("residence", (CITY,)), keys=("a",)),
    Case("verify by the primary key beside a subject key", ask(dataset=SCREENINGS, mode=Mode.VERIFY, case="2026-1", key={"record_no": "a"}), to("city", dataset=SCREENINGS, scope=ScopeRole.RESIDENCE), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("verify by an empty value", ask(mode=Mode.VERIFY, case="2026-1", key={"person_id": ""}), to("city"), refused="G11 VERIFY_NEEDS_CASE_AND_SUBJECT"),
    Case("linkage: smallest group too small", ask(), to("city"), Standing(True, False, 7, 4), refused="G12 LINKAGE_NEEDS_SIGNATURE"),
    Case("linkage: smallest group large enough", ask(), to("city"), Standing(True, False, 7, 5), rows=HOUSEHOLD),
    # Outsiders and unconditional data
    Case("unconditional data stand on their automatic grant", ask("county", ENTERPRISE), to("county", dataset=ENTERPRISE, scope=ScopeRole.REGISTERED, divisions=()), rows=EVERY, columns="credit_code=clear registered=clear contact=clear"),
    Case("unconditional data without one", ask("county", ENTERPRISE), refused="G2 SHARE_CLASS_DENIED"),
    Case("a company gets what its grant gives", ask("company"), to("company", columns=("amount",)), rows=HOUSEHOLD, columns="amount=clear"),
    Case("a company without a grant", ask("company", ENTERPRISE), refused="G2 SHARE_CLASS_DENIED"),
]  # fmt: skip


Decide = Callable[..., Decision]


def answer(case: Case, rule: Decide = decide) -> Decision:
    return rule(case.ask, DATASETS[case.of or case.ask.dataset], case.grants, case.standing, TREE, case.consents)


def differences(case: Case, found: Decision) -> list[str]:
    """What the answer has otherwise than the table says; empty when it is as it should be."""
    verdict = "" if found.allowed else f"{found.gate} {found.code}"
    told: list[tuple[str, object, object]] = [("verdict", verdict, case.refused)]
    if found.allowed and found.rows is not None:
        served = " ".join(f"{c.name}={c.transform.word}" for c in found.served)
        told += [
            ("basis", found.basis, case.basis),
            ("rows", (found.rows.column, found.rows.divisions), case.rows),
            ("keys", found.rows.keys, case.keys),
            ("roster", found.rows.roster, case.roster),
            ("filter", found.rows.filter, case.filter),
            ("columns", served if case.columns else "", case.columns),
        ]
    else:
        told.append(("leak", (found.columns, found.rows, found.version), ((), None, 0)))
    return [f"{what}: found {was}, expected {should}" for what, was, should in told if was != should]


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_the_rule_answers_as_the_table_says(case: Case) -> None:
    assert differences(case, answer(case)) == []


@pytest.mark.parametrize("case", [c for c in CASES if c.refused], ids=[c.name for c in CASES if c.refused])
def test_a_refusal_carries_nothing_but_its_reason_and_the_next_step(case: Case) -> None:
    found = answer(case)
    assert (found.columns, found.rows, found.version, found.served) == ((), None, 0, ())
    assert found.following
    assert found.following_en
    for lang in ("zh-CN", "en"):
        assert found.code in explain(found, lang)
        assert "{" not in explain(found, lang)


def test_a_consent_is_looked_for_in_the_column_that_numbers_persons() -> None:
    held = to("city", dataset=RECORDS, scope=ScopeRole.RESIDENCE)
    found = decide(ask(dataset=RECORDS), DATASETS[RECORDS], held, PUBLISHED, TREE, (consent("a"),))
    assert found.rows is not None
    assert found.rows.key_columns == ("person_id",)


def test_an_unknown_grant_number_and_another_organisations_get_the_same_words() -> None:
    others = (grant("G-1"), grant("G-2", to="county"))
    words = [
        explain(decide(ask(grant=number), LOW_INCOME, others, PUBLISHED, TREE)).replace(number, "")
        for number in ("G-2", "G-3")
    ]
    assert words[0] == words[1]


def test_an_ambiguous_ask_lists_the_askers_own_numbers_only() -> None:
    grants = (grant("G-1"), grant("G-2"), grant("G-3", to="county"))
    said = decide(ask(), LOW_INCOME, grants, PUBLISHED, TREE).gates[-1].said
    assert "G-1" in said
    assert "G-2" in said
    assert "G-3" not in said


def test_a_wrong_purpose_is_told_which_purposes_there_are() -> None:
    found = decide(ask(purpose="statistics"), LOW_INCOME, (grant(),), PUBLISHED, TREE)
    assert "social_assistance" in found.following
    assert "social_assistance" in found.following_en


def test_explain_shows_all_gates_of_an_allowed_ask_and_what_is_served() -> None:
    text = explain(decide(ask(), LOW_INCOME, (grant(),), PUBLISHED, TREE), "en")
    assert all(f"G{n} " in text for n in range(13))
    assert "phone=mask" in text
    assert "household: 370400000000" in text


def test_every_column_says_why_it_is_as_it_is() -> None:
    asked = ask("village", columns=tuple(f.name for f in LOW_INCOME.fields if f.name != "amount"))
    grants = to(
        "village",
        columns=tuple(f.name for f in LOW_INCOME.fields if f.name != "name"),
        transforms={"household": Transform.TOKEN},
    )
    reasons = {c.name: c.reason for c in decide(asked, LOW_INCOME, grants, PUBLISHED, TREE).columns}
    assert reasons == {
        "person_id": "TIER", "name": "NOT_GRANTED", "phone": "ITEM_DEFAULT", "birthday": "ITEM_DEFAULT",
        "illness": "ITEM_DEFAULT", "household": "GRANT", "collected": "", "amount": "NOT_ASKED", "note": "WITHHELD",
        "plan": "GRADE", "secret": "GRADE", "draft": "ITEM_DEFAULT",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("who", "dataset", "grants", "expected"),
    [
        ("public", PENALTY, (), True),
        ("public", LOW_INCOME.key, (), False),
        ("public", ENTERPRISE, (), False),
        ("county", LOW_INCOME.key, (), True),
        ("foreign", ENTERPRISE, (), True),
        ("county", INSPECTION, (), False),
        ("county", INSPECTION, to("county", dataset=INSPECTION), False),
        ("owner", INSPECTION, (), True),
        ("company", LOW_INCOME.key, (), False),
        ("company", LOW_INCOME.key, to("company"), True),
        ("company", LOW_INCOME.key, to("company", state=GrantState.REVOKED), False),
        ("company", LOW_INCOME.key, to("city"), False),
        ("company", PENALTY, (), True),
    ],
)
def test_the_catalogue_shows_a_dataset_to(who: str, dataset: str, grants: tuple[Grant, ...], expected: bool) -> None:
    assert visible(SUBJECTS[who], DATASETS[dataset], grants) is expected


def test_an_inactive_credential_sees_only_what_is_open() -> None:
    lapsed = replace(SUBJECTS["owner"], credential_active=False)
    assert not visible(lapsed, LOW_INCOME)
    assert visible(lapsed, DATASETS[PENALTY])


@pytest.mark.parametrize(
    ("who", "told", "most"),
    [
        ("county", {}, 10_000),
        ("village", {}, 10_000),
        ("county", {"mode": Mode.BULK}, None),
        ("city", {}, None),
    ],
)
def test_a_query_from_the_county_down_has_an_end(who: str, told: dict[str, Mode], most: int | None) -> None:
    assert decide(ask(who, **told), LOW_INCOME, to(who), PUBLISHED, TREE).most == most
