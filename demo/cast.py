"""Who takes part in the demo: departments that provide, organisations that ask, and what they were granted."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from catalog.organisations import Organisation, System
from demo import civil_affairs, credit, places
from demo.checks import credit_code
from schemas.access import Grant, Mode, Tier
from schemas.dataset import Grade, ScopeRole, Transform

BODY, VILLAGE, ENTERPRISE = "11", "54", "91"
GOVERNMENT = "government"
ASSISTANCE = "social_assistance"
SUPERVISION = "credit_supervision"


@dataclass(frozen=True, slots=True)
class Part:
    """One organisation of the demo with its one system and its grants."""

    role: str
    """Short word that the demo's end report uses."""
    organisation: Organisation
    clearance: Grade = Grade.GENERAL_4
    grants: tuple[Grant, ...] = ()

    @property
    def system(self) -> System:
        """The system that asks in its name."""
        name = f"{self.organisation.name}业务系统"
        return System(f"demo-{self.role}", self.organisation.credit_code, name, self.clearance)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A grant but for its number, organisation and term."""

    dataset: str
    purpose: str
    scope: ScopeRole
    division: str
    modes: tuple[Mode, ...] = (Mode.BULK, Mode.QUERY)
    columns: tuple[str, ...] = ()
    transforms: dict[str, Transform] = field(default_factory=dict)


def the_village() -> tuple[str, str]:
    """(code, name) of the village that asks: the first of 市中区."""
    code, name, _ = places.villages()[0]
    return code, name.removesuffix(places.MADE_UP)


def parts(now: datetime) -> tuple[Part, ...]:
    """Everybody, with grants that begin at `now` and last a year."""
    return (*_departments(), *(_granted(part, wanted, now) for part, wanted in _askers()))


def _departments() -> tuple[Part, ...]:
    """The owners, as the shipped contracts name them."""
    named = (
        (GOVERNMENT, "枣庄市人民政府（演示）", "Zaozhuang Municipal Government (demo)", places.CITY, 7),
        ("civil-affairs", "枣庄市民政局（演示）", "Zaozhuang Civil Affairs (demo)", places.CITY, 1),
        ("human-resources", "枣庄市人力资源和社会保障局（演示）", "Zaozhuang Human Resources (demo)", places.CITY, 2),
        ("market-regulation", "枣庄市市场监督管理局（演示）", "Zaozhuang Market Regulation (demo)", places.CITY, 3),
        ("health", "枣庄市卫生健康委员会（演示）", "Zaozhuang Health Commission (demo)", places.CITY, 4),
        ("reform", "山东省发展和改革委员会（演示）", "Shandong Development and Reform (demo)", places.PROVINCE, 5),
        ("big-data", "枣庄市大数据局（演示）", "Zaozhuang Big Data Bureau (demo)", places.CITY, 6),
    )
    each = {
        role: Part(role, _organisation(name, english, place, number)) for role, name, english, place, number in named
    }
    return tuple(_placed(part, each[GOVERNMENT].organisation.credit_code) for part in each.values())


def _placed(part: Part, government: str) -> Part:
    """Under the city's government where it is the city's; the big data bureau is the city's data administration."""
    mine = part.role != GOVERNMENT and part.organisation.division == places.CITY
    above, authority = government if mine else "", part.role == "big-data"
    return replace(part, organisation=replace(part.organisation, parent=above, authority=authority))


def _askers() -> tuple[tuple[Part, tuple[_Wanted, ...]], ...]:
    """The four tiers that ask for the same recipients, who took over Laiwu, and somebody outside government."""
    village, village_name = the_village()
    county, laiwu = f"{next(iter(places.COUNTIES))}000000", f"{places.SUCCESSOR}000000"
    assist = partial(_Wanted, civil_affairs.KEY, ASSISTANCE, ScopeRole.HOUSEHOLD)
    supervise = partial(_Wanted, credit.KEY, SUPERVISION, ScopeRole.OCCURRENCE)
    counted = {"person_id": Transform.TOKEN, "name": Transform.DROP, "mobile": Transform.DROP}
    wanted = {
        "province": (assist(places.PROVINCE, transforms=counted),),
        "city": (assist(places.CITY),),
        "county": (assist(county), supervise(county)),
        "village": (assist(village, (Mode.QUERY,)),),
        "laiwu": (supervise(laiwu),),
    }
    named = (
        ("province", "山东省民政厅（演示）", "Shandong Civil Affairs (demo)", places.PROVINCE, 11, BODY),
        ("city", "枣庄市医疗保障局（演示）", "Zaozhuang Healthcare Security (demo)", places.CITY, 12, BODY),
        ("county", "枣庄市市中区人民政府（演示）", "Shizhong District (demo)", county, 13, BODY),
        ("village", f"{village_name}村民委员会{places.MADE_UP}", "A village (demo)", village, 14, VILLAGE),
        ("laiwu", "济南市莱芜区人民政府（演示）", "Laiwu District of Jinan (demo)", laiwu, 15, BODY),
        ("outsider", "甲子征信示例有限公司（演示）", "Example Credit Ltd (demo)", places.CITY, 16, ENTERPRISE),
    )
    return tuple(
        (Part(role, _organisation(name, english, division, number, kind)), wanted.get(role, ()))
        for role, name, english, division, number, kind in named
    )


def _organisation(name: str, english: str, division: str, number: int, kind: str = BODY) -> Organisation:
    return Organisation(
        credit_code=credit_code(division[:6], f"DEM{number:05d}", kind),
        name=name,
        name_en=english,
        division=division,
        tier=_tier(division),
        government=kind != ENTERPRISE,
    )


def _tier(division: str) -> Tier:
    """By trailing zeros, as the demo's codes allow."""
    significant = len(division.rstrip("0"))
    return next(tier for tier, digits in zip(Tier, (2, 4, 6, 9, 12), strict=False) if significant <= digits)


def _granted(part: Part, wanted: tuple[_Wanted, ...], now: datetime) -> Part:
    return replace(part, grants=tuple(_grant(part.organisation.credit_code, one, now) for one in wanted))


def _grant(organisation: str, wanted: _Wanted, now: datetime) -> Grant:
    return Grant(
        number="",
        dataset=wanted.dataset,
        organisation=organisation,
        purpose=wanted.purpose,
        modes=wanted.modes,
        columns=wanted.columns,
        transforms=wanted.transforms,
        divisions=(wanted.division,),
        scope=wanted.scope,
        start=now,
        end=now + timedelta(days=365),
        basis="演示授权 demo grant",
    )
