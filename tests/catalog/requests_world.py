"""A city in which data are asked for: who asks, provides, checks and decides, and a hand that acts for each of them."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from catalog.clocks import clocks
from catalog.organisations import Organisation, System
from catalog.requests import desk
from catalog.requests.desk import Asked
from catalog.shelf import Shelf
from schemas.access import Mode, Role, Subject, Tier
from schemas.dataset import Identifying, ScopeRole, Sharing
from schemas.deadline import State as Running
from schemas.deadline import Thing
from schemas.journey import SHANGHAI
from schemas.request import FINAL, Action, State
from schemas.request_want import Answer, Request, Want
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_subject,
    make_verdict,
)

BIG_DATA = "11370400DEM000065R"
GOVERNMENT = "11370400DEM000073L"
XUECHENG_CIVIL = "11370403004312346A"
BEGUN = datetime(2026, 9, 18, 10, 0, tzinfo=SHANGHAI)
"""A Friday: the Sunday after it is worked, the Mid-Autumn days and the first week of October are off."""

LOW_INCOME = make_dataset(
    purposes=("social_assistance", "public_service"),
    sharing_condition="按授权的用途、范围和期限使用，不得转授",
    sharing_transforms=("mask",),
)
ENTERPRISE = make_dataset(
    "market_regulation.enterprise",
    title="企业登记信息",
    title_en="Enterprises",
    sharing=Sharing.UNCONDITIONAL,
    owner=HEALTH,
    owner_name="枣庄市卫生健康委员会",
    subject_kind="",
    purposes=(),
)
RESIDENT = make_dataset(
    "health.resident",
    title="居民健康档案",
    title_en="Residents' health records",
    sharing_condition="按授权使用",
    owner=HEALTH,
    owner_name="枣庄市卫生健康委员会",
    fields=(
        make_field("number", title="公民身份号码", key=1, element="resident_id", identifying=Identifying.DIRECT),
        make_field("phone", title="手机", element="mobile", authority="health.resident"),
        make_field("home", title="户籍地", element="division", scope=ScopeRole.HOUSEHOLD),
    ),
    default_scope="home",
)
SECRET = make_dataset("health.secret", sharing=Sharing.WITHHELD, withheld_basis="x", owner=HEALTH)

WANT = Want(
    dataset=LOW_INCOME.key,
    items=("person_id", "amount", "household"),
    purpose="social_assistance",
    basis="《社会救助暂行办法》第五十八条",
    scenario="临时救助审核",
    divisions=(TENGZHOU,),
    scope=ScopeRole.HOUSEHOLD,
    modes=(Mode.QUERY, Mode.BULK),
    start=date(2026, 9, 18),
    end=date(2027, 9, 17),
    retention_days=180,
    security="专网内使用，专人管理",
    case_system="滕州救助系统",
)


def person(organisation: str, division: str, tier: Tier, *roles: Role) -> Subject:
    """A person of an organisation, as their credential would make them."""
    told: dict[str, Any] = {"organisation": organisation, "system": f"s-{organisation[-3:]}"}
    post = "-".join(sorted(roles))
    return make_subject(division, tier, **told, person=f"p-{post}", post=post, roles=frozenset(roles))


SYSTEM = make_subject()
ASKER = person(TENGZHOU_CIVIL, TENGZHOU, Tier.COUNTY, Role.REQUESTER)
REVIEWER = person(CIVIL_AFFAIRS, ZAOZHUANG, Tier.CITY, Role.SOURCE_REVIEWER)
KEEPER = person(CIVIL_AFFAIRS, ZAOZHUANG, Tier.CITY, Role.CATALOGUE_KEEPER)
CHECKER = person(BIG_DATA, ZAOZHUANG, Tier.CITY, Role.AUTHORITY_REVIEWER)
AUDITOR = person(BIG_DATA, ZAOZHUANG, Tier.CITY, Role.SECURITY_AUDITOR)
DECIDER = person(GOVERNMENT, ZAOZHUANG, Tier.CITY, Role.AUTHORITY_REVIEWER)
OTHER = person(HEALTH, ZAOZHUANG, Tier.CITY, Role.SOURCE_REVIEWER)
STRANGER = person(XUECHENG_CIVIL, "370403000000", Tier.COUNTY, *(set(Role) - {Role.SECURITY_AUDITOR}))
PROVIDING_SYSTEM = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS, system="s-civil")


@dataclass
class World:
    """The city at a moment that moves on; every act is followed by a look at the request's clocks."""

    shelf: Shelf
    now: datetime = BEGUN

    def draft(self, who: Subject = ASKER, **told: Any) -> Request:
        """A draft of the want that everybody here has, told otherwise in parts."""
        made = desk.draft(self.shelf, Asked(who, self.now), replace(WANT, **told))
        self.ticking(made)
        return made

    def act(self, who: Subject, request: Request, action: Action, **told: Any) -> Request:
        """One act; whatever state it leads to, something ticks there, or it has ended."""
        moved = desk.act(self.shelf, Asked(who, self.now), request.number, Answer(action, **told))
        self.ticking(moved)
        return moved

    def ticking(self, request: Request) -> None:
        """Proof that nothing can hang: a clock is running, or the grant's own end will move it."""
        running = [event for event, state in self.clocks(request).items() if state is Running.RUNNING]
        held = request.ends_at is not None and request.ends_at > self.now
        assert (request.state in FINAL) or running or held, f"{request.state} has no clock"
        assert not (request.state in FINAL and running), f"{request.state} is final and {running} is running"

    def clocks(self, request: Request) -> dict[str, Running]:
        """Event -> state of the newest clock of it."""
        with self.shelf.engine.connect() as connection:
            return {one.event.value: one.state for one in clocks.of(connection, Thing("request", request.number))}

    def due(self, request: Request, event: str) -> date:
        """When the newest clock of an event is due."""
        with self.shelf.engine.connect() as connection:
            found = [o for o in clocks.of(connection, Thing("request", request.number)) if o.event.value == event]
        return found[-1].due

    def on(self, year: int, month: int, day: int) -> None:
        """Time passes."""
        self.now = datetime(year, month, day, 10, 0, tzinfo=SHANGHAI)

    def reviewed(self, **told: Any) -> Request:
        """A request that waits for its provider."""
        submitted = self.act(ASKER, self.draft(**told), Action.SUBMIT)
        return self.act(CHECKER, submitted, Action.ACCEPT)

    def refused(self) -> Request:
        """One that was refused."""
        told = {"reason": "beyond_need", "said": "月保障金额非审核必需"}
        return self.act(REVIEWER, self.reviewed(), Action.REFUSE, **told)

    def tested(self) -> Request:
        """One that has its grant."""
        return self.act(REVIEWER, self.act(REVIEWER, self.reviewed(), Action.APPROVE), Action.PROVISION)

    def steps(self, request: Request) -> list[tuple[str, State]]:
        """Its history."""
        return [(one.action, one.state) for one in desk.history(self.shelf, request)]


def build(shelf: Shelf) -> World:
    """Everybody is registered, and the conditional and the unconditional dataset have a version each."""
    organisations = (
        Organisation(GOVERNMENT, "枣庄市人民政府", "", ZAOZHUANG, Tier.CITY),
        Organisation(BIG_DATA, "枣庄市大数据局", "", ZAOZHUANG, Tier.CITY, parent=GOVERNMENT, authority=True),
        Organisation(CIVIL_AFFAIRS, "枣庄市民政局", "", ZAOZHUANG, Tier.CITY, parent=GOVERNMENT),
        Organisation(HEALTH, "枣庄市卫生健康委员会", "", ZAOZHUANG, Tier.CITY, parent=GOVERNMENT),
        Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY, line=CIVIL_AFFAIRS),
        Organisation(XUECHENG_CIVIL, "薛城区民政局", "", "370403000000", Tier.COUNTY),
    )
    for one in organisations:
        shelf.parties.add_organisation(one)
        shelf.parties.add_system(System(f"s-{one.credit_code[-3:]}", one.credit_code, one.name))
    rows = [low_income_row(n) for n in range(20)]
    for dataset in (LOW_INCOME, ENTERPRISE):
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows), BEGUN)
    for dataset in (RESIDENT, SECRET):
        shelf.register(dataset, BEGUN)
    return World(shelf)
