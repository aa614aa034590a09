"""The access rule's page read line by line by somebody who had not seen its code: asks, and what the page answers."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from schemas.access import Ask, Basis, Consent, Grant, GrantState, Mode, Standing, Subject, Tier
from schemas.dataset import (
    Dataset,
    Field,
    FieldType,
    Grade,
    Identifying,
    Kind,
    ScopeRole,
    Sharing,
    Source,
    Transform,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=timezone(timedelta(hours=8)))
TEXT = FieldType(Kind.STRING)
OWNER_CODE, HEALTH_CODE = "11370400004215890A", "11370400004216025D"
CITY, SHIZHONG, TENGZHOU, LAIWU_OLD, LAIWU = (
    "370400000000",
    "370402000000",
    "370481000000",
    "371202000000",
    "370116000000",
)


def item(name: str, grade: Grade = Grade.GENERAL_2, **more: Any) -> Field:
    return Field(name, name, name, TEXT, name, grade=grade, **more)


PEOPLE = Dataset(
    key="civil_affairs.relief",
    version="1.0.0",
    title="救助对象",
    title_en="Persons on relief",
    description="",
    description_en="",
    owner=OWNER_CODE,
    owner_name="枣庄市民政局",
    division=CITY,
    sharing=Sharing.CONDITIONAL,
    sharing_condition="按职责",
    withheld_basis="",
    rules=(),
    source=Source("sql_table", "relief", {}),
    update_cycle="P1D",
    subject_kind="person",
    default_scope="home",
    fields=(
        item(
            "id",
            Grade.GENERAL_3,
            key=1,
            element="resident_id",
            identifying=Identifying.DIRECT,
            transform=Transform.MASK,
        ),
        item("phone", Grade.GENERAL_3, element="mobile", identifying=Identifying.DIRECT),
        item("sex", Grade.GENERAL_1, identifying=Identifying.QUASI),
        item("income", Grade.GENERAL_4, identifying=Identifying.SENSITIVE, transform=Transform.BUCKET),
        item("remark", shareable=False, withheld_basis="办案需要"),
        item("weighty", Grade.IMPORTANT),
        item("heart", Grade.CORE),
        item("home", Grade.GENERAL_1, element="division", scope=ScopeRole.HOUSEHOLD),
        item("found", Grade.GENERAL_2, element="division", scope=ScopeRole.COLLECTED_BY),
    ),
)
OPEN = replace(PEOPLE, sharing=Sharing.OPEN)
FREE = replace(PEOPLE, sharing=Sharing.UNCONDITIONAL)
SHUT = replace(PEOPLE, sharing=Sharing.WITHHELD)
ASKING = replace(PEOPLE, consent=True)
PLACELESS = replace(PEOPLE, default_scope="", fields=PEOPLE.fields[:7])
HEALTH = Subject("s-health", HEALTH_CODE, "枣庄市卫生健康委员会", CITY, Tier.CITY)
HOLDER = Subject("s-relief", OWNER_CODE, "枣庄市民政局", CITY, Tier.CITY)
COUNTY = replace(HEALTH, division=SHIZHONG, tier=Tier.COUNTY)
TOWN = replace(HEALTH, division="370402001000", tier=Tier.TOWN)
VILLAGE = replace(HEALTH, division="370402001001", tier=Tier.VILLAGE)
GRID = replace(HEALTH, division="370402001001001", tier=Tier.GRID)
PROVINCE = replace(HEALTH, division="370000000000", tier=Tier.PROVINCE)
FIRM = replace(HEALTH, government=False)
PUBLIC = Subject("", "", "", "", Tier.PROVINCE, clearance=Grade.GENERAL_1, government=False)
GRANT = Grant(
    number="G-1",
    dataset=PEOPLE.key,
    organisation=HEALTH_CODE,
    purpose="public_health",
    modes=tuple(Mode),
    columns=(),
    transforms={},
    divisions=(CITY,),
    scope=ScopeRole.HOUSEHOLD,
    start=NOW - timedelta(days=1),
    end=NOW + timedelta(days=1),
)
ASK = Ask(HEALTH, PEOPLE.key, Mode.QUERY, "public_health", NOW)
VERIFY = replace(ASK, mode=Mode.VERIFY, case="枣卫案2026-17", key={"id": "370402199001011234"})
RETURN = replace(ASK, subject=TOWN, purpose="data_return", basis=Basis.RETURN)
CONSENT = Consent("370402199001011234", HEALTH_CODE, "public_health", NOW + timedelta(days=9))
SOUND = Standing(published=True, held_back=False, version=3, smallest_group=50)
SECOND = replace(GRANT, number="G-2", columns=("sex", "home"), divisions=(SHIZHONG,))


@dataclass(frozen=True)
class Case:
    """One line of the page, as an ask and what the page answers; `code` may end in `*`, `served` name: transform."""

    says: str
    code: str
    ask: Ask = ASK
    dataset: Dataset = PEOPLE
    grants: tuple[Grant, ...] = (GRANT,)
    standing: Standing = SOUND
    consents: tuple[Consent, ...] = ()
    gate: str = ""
    basis: Basis | None = None
    served: dict[str, Transform] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    divisions: tuple[str, ...] | None = None
    keys: tuple[str, ...] | None = None


def by(subject: Subject, **more: Any) -> Ask:
    return replace(ASK, subject=subject, **more)


def granted(**more: Any) -> tuple[Grant, ...]:
    return (replace(GRANT, **more),)


CLEAR, MASK, TOKEN, BUCKET = Transform.CLEAR, Transform.MASK, Transform.TOKEN, Transform.BUCKET

CASES = (
    # G0, G1
    Case("a dead credential", "SUBJECT_*", by(replace(HEALTH, credential_active=False)), gate="G0"),
    Case("a dissolved organisation", "SUBJECT_*", by(replace(HEALTH, organisation_active=False)), gate="G0"),
    Case("a dead credential, open data", "SUBJECT_*", by(replace(FIRM, credential_active=False)), OPEN, gate="G0"),
    Case("nothing published", "DATASET_*", standing=Standing(False, False, 0), gate="G1"),
    Case("the version is held back", "DATASET_*", standing=replace(SOUND, held_back=True), gate="G1"),
    # G2
    Case("open to the public", "OK", by(PUBLIC, purpose="open_use"), OPEN, (), basis=Basis.OPEN),
    Case("open to an enterprise", "OK", by(FIRM, purpose="open_use"), OPEN, (), basis=Basis.OPEN),
    Case("unconditional, the public", "SHARE_CLASS_DENIED", by(PUBLIC), FREE, (), gate="G2"),
    Case("unconditional, an enterprise without grant", "SHARE_CLASS_DENIED", by(FIRM), FREE, (), gate="G2"),
    Case("unconditional, an enterprise with one", "OK", by(FIRM), FREE, basis=Basis.GRANT),
    Case("unconditional has a grant too", "*", ASK, FREE, (), gate="G2 G3"),
    Case("conditional without a grant", "SHARE_CLASS_DENIED", grants=(), gate="G2"),
    Case("conditional, the public", "SHARE_CLASS_DENIED", by(PUBLIC), grants=(), gate="G2"),
    Case("a superior has no rows without a grant", "SHARE_CLASS_DENIED", by(PROVINCE), grants=(), gate="G2"),
    Case("withheld in spite of a grant", "SHARE_CLASS_DENIED", dataset=SHUT, gate="G2"),
    Case("withheld, its owner", "OK", by(HOLDER, purpose="own_duty"), SHUT, (), basis=Basis.OWNER),
    Case("withheld, the collector", "SHARE_CLASS_DENIED", RETURN, SHUT, (), gate="G2"),
    # G3
    Case("two grants fit", "AMBIGUOUS_GRANT", grants=(GRANT, SECOND), gate="G3"),
    Case(
        "columns and rows of the named one alone",
        "OK",
        replace(ASK, grant="G-2"),
        grants=(GRANT, SECOND),
        served={"sex": CLEAR, "home": CLEAR},
        gone=("id", "phone", "income"),
        divisions=(SHIZHONG,),
    ),
    Case("the other one, named", "OK", replace(ASK, grant="G-1"), grants=(GRANT, SECOND), divisions=(CITY,)),
    Case("one of two is for the purpose", "OK", grants=(GRANT, replace(SECOND, purpose="statistics"))),
    Case("a grant of another organisation", "*", grants=granted(organisation="1137040000421594XX"), gate="G2 G3"),
    Case("a grant for another dataset", "*", grants=granted(dataset="credit.penalty"), gate="G2 G3"),
    Case("a number that is nobody's", "*", replace(ASK, grant="G-9"), gate="G2 G3"),
    Case("another system of the organisation", "*", grants=granted(systems=("s-other",)), gate="G2 G3"),
    Case("a stranger naming the owner's right", "*", replace(ASK, basis=Basis.OWNER), gate="G2 G3"),
    # G4, G5
    Case("another purpose", "PURPOSE_MISMATCH", replace(ASK, purpose="statistics"), gate="G4"),
    Case("no purpose", "PURPOSE_MISMATCH", replace(ASK, purpose=""), gate="G4"),
    Case("a purpose off the list", "PURPOSE_MISMATCH", replace(ASK, purpose="curiosity"), gate="G4"),
    Case("a mode not in the grant", "MODE_NOT_GRANTED", grants=granted(modes=(Mode.BULK,)), gate="G5"),
    # G6
    Case("before its start", "GRANT_NOT_IN_FORCE", grants=granted(start=NOW + timedelta(seconds=1)), gate="G6"),
    Case("at its start", "OK", grants=granted(start=NOW)),
    Case("at its end", "GRANT_NOT_IN_FORCE", grants=granted(end=NOW), gate="G6"),
    Case("just before its end", "OK", grants=granted(end=NOW + timedelta(microseconds=1))),
    Case("suspended", "GRANT_NOT_IN_FORCE", grants=granted(state=GrantState.SUSPENDED), gate="G6"),
    Case("revoked", "GRANT_NOT_IN_FORCE", grants=granted(state=GrantState.REVOKED), gate="G6"),
    Case("expired", "GRANT_NOT_IN_FORCE", grants=granted(state=GrantState.EXPIRED), gate="G6"),
    Case("no quota left", "QUOTA_SPENT", grants=granted(quota=0), gate="G6"),
    Case("one read left", "OK", grants=granted(quota=1)),
    # G7
    Case("clearance 2", "OK", by(replace(HEALTH, clearance=Grade.GENERAL_2)), gone=("id", "phone", "income")),
    Case(
        "an asked item above clearance",
        "GRADE_TOO_HIGH",
        by(replace(HEALTH, clearance=Grade.GENERAL_1), columns=("id",)),
        gate="G7",
    ),
    Case("core never", "GRADE_TOO_HIGH", by(replace(HEALTH, clearance=Grade.CORE), columns=("heart",)), gate="G7"),
    Case(
        "core not even for its owner",
        "OK",
        by(replace(HOLDER, clearance=Grade.CORE), purpose="own_duty"),
        grants=(),
        gone=("heart",),
    ),
    Case("important as a file", "OK", by(replace(HEALTH, clearance=Grade.CORE), mode=Mode.FILE), gone=("weighty",)),
    Case("important at a county", "OK", by(replace(COUNTY, clearance=Grade.CORE)), gone=("weighty",)),
    # G8
    Case("asked ∩ granted", "OK", replace(ASK, columns=("sex", "id")), grants=granted(columns=("sex",)), gone=("id",)),
    Case("asked, not granted", "NO_COLUMNS", replace(ASK, columns=("id",)), grants=granted(columns=("sex",))),
    Case("a withheld item", "NO_COLUMNS", replace(ASK, columns=("remark",)), gate="G8"),
    Case("a withheld item is the owner's", "OK", by(HOLDER, purpose="own_duty"), grants=(), served={"remark": CLEAR}),
    Case("the grant is stricter", "OK", grants=granted(transforms={"id": TOKEN}), served={"id": TOKEN}),
    Case("the item is stricter", "OK", grants=granted(transforms={"income": CLEAR}), served={"income": BUCKET}),
    Case("the grant drops it", "OK", grants=granted(transforms={"sex": Transform.DROP}), gone=("sex",)),
    Case(
        "the owner sees his own",
        "OK",
        by(HOLDER, purpose="own_duty"),
        grants=(),
        served={"id": CLEAR, "income": CLEAR},
    ),
    # G9
    Case("asked within granted", "OK", replace(ASK, division=SHIZHONG), divisions=(SHIZHONG,)),
    Case(
        "granted within asked",
        "OK",
        replace(ASK, division=CITY),
        grants=granted(divisions=(SHIZHONG,)),
        divisions=(SHIZHONG,),
    ),
    Case(
        "asked beside granted",
        "NO_ROWS_IN_SCOPE",
        replace(ASK, division=TENGZHOU),
        grants=granted(divisions=(SHIZHONG,)),
        gate="G9",
    ),
    Case("a county in bulk", "OK", by(COUNTY, mode=Mode.BULK), divisions=(SHIZHONG,)),
    Case("a county in delta", "OK", by(COUNTY, mode=Mode.DELTA), divisions=(SHIZHONG,)),
    Case("a county as a file", "OK", by(COUNTY, mode=Mode.FILE), divisions=(SHIZHONG,)),
    Case("a county by query", "OK", by(COUNTY), divisions=(CITY,)),
    Case(
        "a county in bulk elsewhere",
        "NO_ROWS_IN_SCOPE",
        by(COUNTY, mode=Mode.BULK),
        grants=granted(divisions=(TENGZHOU,)),
    ),
    Case(
        "a city in bulk is not clipped",
        "OK",
        by(HEALTH, mode=Mode.BULK),
        grants=granted(divisions=("370000000000",)),
        divisions=("370000000000",),
    ),
    Case(
        "a county in bulk, no place granted",
        "OK",
        by(COUNTY, mode=Mode.BULK),
        grants=granted(divisions=()),
        divisions=(SHIZHONG,),
    ),
    Case(
        "retired 371202 asked of 370116",
        "OK",
        replace(ASK, division=LAIWU_OLD),
        grants=granted(divisions=(LAIWU,)),
    ),
    Case(
        "371202 granted, 370116's county in bulk",
        "OK",
        by(replace(COUNTY, division=LAIWU), mode=Mode.BULK),
        grants=granted(divisions=(LAIWU_OLD,)),
    ),
    Case("rows without a place", "NO_ROWS_IN_SCOPE", dataset=PLACELESS, gate="G9"),
    Case("a role that the rows lack", "NO_ROWS_IN_SCOPE", grants=granted(scope=ScopeRole.RESIDENCE), gate="G9"),
    # G10
    Case(
        "only who consents, to this body, for this, now",
        "OK",
        dataset=ASKING,
        consents=(
            CONSENT,
            replace(CONSENT, key="b", organisation=OWNER_CODE),
            replace(CONSENT, key="c", purpose="statistics"),
            replace(CONSENT, key="d", until=NOW),
        ),
        keys=(CONSENT.key,),
    ),
    Case("nobody consents: no empty answer", "*", dataset=ASKING, gate="G9 G10"),
    Case("verify without consent", "CONSENT_MISSING", VERIFY, ASKING, gate="G10"),
    Case("verify with it", "OK", VERIFY, ASKING, consents=(CONSENT,), keys=(CONSENT.key,)),
    Case("the owner needs none", "OK", by(HOLDER, purpose="own_duty"), ASKING, ()),
    # G11
    Case("verify without a case", "VERIFY_NEEDS_CASE_AND_SUBJECT", replace(VERIFY, case=""), gate="G11"),
    Case("verify without a subject", "VERIFY_NEEDS_CASE_AND_SUBJECT", replace(VERIFY, key=None), gate="G11"),
    Case("verify by half a key", "VERIFY_NEEDS_CASE_AND_SUBJECT", replace(VERIFY, key={"sex": "1"}), gate="G11"),
    Case("verify by an empty key", "VERIFY_NEEDS_CASE_AND_SUBJECT", replace(VERIFY, key={"id": ""}), gate="G11"),
    Case(
        "verify is not clipped by the county",
        "OK",
        replace(VERIFY, subject=COUNTY),
        grants=granted(divisions=(TENGZHOU,)),
        divisions=(TENGZHOU,),
        keys=(CONSENT.key,),
    ),
    # return
    Case(
        "what the town collected",
        "OK",
        RETURN,
        grants=(),
        basis=Basis.RETURN,
        divisions=("370402001000",),
        served={"id": CLEAR, "income": CLEAR},
    ),
    Case("return is for its purpose", "*", replace(RETURN, purpose="statistics"), grants=(), gate="G3 G4"),
    Case("return to an enterprise", "*", replace(RETURN, subject=replace(FIRM, tier=Tier.TOWN)), grants=()),
    Case("return to one who is no lower tier", "*", replace(RETURN, subject=HEALTH), grants=()),
    Case("return to a superior", "*", replace(RETURN, subject=PROVINCE), grants=()),
    Case("return where nobody collected", "*", RETURN, PLACELESS, ()),
    Case("a withheld item that it supplied", "OK", RETURN, grants=(), served={"remark": CLEAR}),
    Case(
        "grade can withhold",
        "OK",
        replace(RETURN, subject=replace(TOWN, clearance=Grade.GENERAL_1)),
        grants=(),
        gone=("id", "income"),
    ),
    # village and grid
    Case("a village in bulk", "*", by(VILLAGE, mode=Mode.BULK), grants=granted(divisions=()), gate="G5"),
    Case("a grid in bulk", "*", by(GRID, mode=Mode.BULK), grants=granted(divisions=()), gate="G5"),
    Case("a village's return in bulk", "*", replace(RETURN, subject=VILLAGE, mode=Mode.BULK), grants=(), gate="G5"),
    # open data
    Case(
        "open: general 1 only",
        "OK",
        by(PUBLIC, purpose="open_use"),
        OPEN,
        (),
        served={"sex": CLEAR},
        gone=("id", "phone", "income", "remark", "weighty", "heart", "found"),
    ),
    Case("open: a graded item asked", "GRADE_TOO_HIGH", by(PUBLIC, purpose="open_use", columns=("id",)), OPEN, ()),
    Case("open: groups of one", "*", by(PUBLIC, purpose="open_use"), OPEN, (), replace(SOUND, smallest_group=1)),
)
