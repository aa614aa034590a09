"""What followers hear of: a new dataset, contract or version; told in the transaction that makes it so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from catalog import organisations
from catalog.access import visible
from catalog.following import errands, follows
from catalog.grants import of_organisation
from catalog.mending import notices
from catalog.organisations import Organisation
from schemas.access import Subject
from schemas.dataset import Dataset, Json
from schemas.following import Follow, Followed
from schemas.notice import About, Notice


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened to a dataset; the same cause is told once."""

    about: About
    cause: str
    subject: str
    subject_en: str
    body: Mapping[str, Json]


def of_contract(connection: Connection, before: Dataset | None, dataset: Dataset, now: datetime) -> None:
    """Tell who follows the dataset, its elements or its department. Call it inside `writing`."""
    if before is None:
        news = News(
            About.FOLLOWED_NEW,
            f"follow {dataset.key} new",
            f"新增数据资源：{dataset.title}（{dataset.owner_name}）",
            f"New dataset: {dataset.title_en or dataset.title}",
            {"version": dataset.version},
        )
    else:
        news = News(
            About.FOLLOWED_CONTRACT,
            f"follow {dataset.key} contract {dataset.contract_hash[:16]}",
            f"{dataset.title}：目录内容有变化（{before.version} → {dataset.version}）",
            f"{dataset.title_en or dataset.title}: its contract has changed ({before.version} → {dataset.version})",
            {"from": before.version, "to": dataset.version},
        )
    _tell(connection, dataset, news, follows.concerning(connection, dataset), now)


def of_version(connection: Connection, dataset: Dataset, version: int, now: datetime) -> None:
    """Tell who follows the dataset itself that a version is there. Call it inside `writing`."""
    news = News(
        About.FOLLOWED_VERSION,
        f"follow {dataset.key} version {version}",
        f"{dataset.title}：已发布第 {version} 版",
        f"{dataset.title_en or dataset.title}: version {version} is there",
        {"version": version},
    )
    found = (one for one in follows.concerning(connection, dataset) if one.followed is Followed.DATASET)
    _tell(connection, dataset, news, tuple(found), now)


def _tell(connection: Connection, dataset: Dataset, news: News, some: Sequence[Follow], now: datetime) -> None:
    """Only who may know of the dataset today; its own provider too, if it follows."""
    may = {code for code in {one.organisation for one in some} if may_know(connection, code, dataset)}
    mine = [one for one in some if one.organisation in may]
    notices.tell(connection, list(_notices(dataset, news, may, now)))
    errands.enter(connection, [one for one in mine if one.email or one.url], dataset.key, news, now)


def may_know(connection: Connection, organisation: str, dataset: Dataset) -> bool:
    """Whether the catalogue shows the dataset to that organisation today."""
    known = organisations.organisation(connection, organisation)
    held = () if known.government else of_organisation(connection, organisation)
    return visible(_subject(known), dataset, held)


def _subject(known: Organisation) -> Subject:
    return Subject(
        system="follow",
        organisation=known.credit_code,
        organisation_name=known.name,
        division=known.division,
        tier=known.tier,
        government=known.government,
        organisation_active=known.active,
    )


def _notices(dataset: Dataset, news: News, recipients: Iterable[str], now: datetime) -> Iterable[Notice]:
    for code in sorted(recipients):
        yield Notice(code, news.about, dataset.key, news.cause, news.subject, news.subject_en, now, news.body)
