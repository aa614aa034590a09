"""`yishu.catalogue` of a contract: class, source department, basis, system, posts, related codes."""

from datetime import date

from schemas.catalogue_code import FORM_EN, fits
from schemas.catalogued import Catalogued, Category, ClassPath
from schemas.contract_page import Table
from schemas.standards.credit_code import check_credit_code

KEYS = ("class", "related", "lead", "collecting_basis", "system", "contacts", "published_on", "secret")
CLASS = ("category", "project", "subject", "detail")
LEAD = ("credit_code", "name")


def read_catalogued(ours: Table) -> Catalogued:
    """What it says; what is marked secret is a mistake, so that no contract of secret data can be compiled."""
    if not ours.has("yishu.catalogue"):
        return Catalogued()
    told = ours.table("yishu.catalogue", KEYS, "{class, related, lead, …}")
    if told.flag("secret"):
        told.wrong("secret", "false or nothing: secret data 涉密数据 must never enter", "true")
    lead = told.table("lead", LEAD, "{credit_code, name}") if told.has("lead") else None
    day = told.checked("published_on", told.maybe("published_on"), _day)
    return Catalogued(
        path=_path(told),
        related=_related(told),
        lead=lead.checked("credit_code", lead.maybe("credit_code"), check_credit_code) if lead else "",
        lead_name=lead.text("name", "the name of the source department") if lead else "",
        collecting_basis=told.maybe("collecting_basis"),
        system=told.maybe("system"),
        contacts=told.texts("contacts"),
        published_on=date.fromisoformat(day) if day else None,
    )


def _path(told: Table) -> ClassPath:
    if not told.has("class"):
        return ClassPath()
    path = told.table("class", CLASS, "{category, project, subject, detail}")
    category = Category(path.chosen("category", [one.value for one in Category]))
    return ClassPath(category, path.text("project", "the second level 项"), path.maybe("subject"), path.maybe("detail"))


def _related(told: Table) -> tuple[str, ...]:
    codes = told.texts("related")
    for code in codes:
        if not fits(code):
            told.wrong("related", FORM_EN, repr(code))
    return codes


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as wrong:
        raise ValueError("no day, expected one such as 2026-11-20") from wrong
