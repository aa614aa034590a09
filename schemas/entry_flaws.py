"""Flaws in an entry's own words: what is missing, systems, codes, secrets, persons; with what to write."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from schemas.catalogue_code import FORM, FORM_EN, category_of, fits
from schemas.contract_lint import plain_title
from schemas.dataset import Sharing
from schemas.entry import CATEGORIES, Entry
from schemas.lint_catalogue import PERSON
from schemas.lint_dataset import system_in
from schemas.standards.credit_code import check_credit_code

_SECRET = re.compile("绝密|机密|秘密级|国家秘密|涉密|工作秘密")

Found = tuple[str, tuple[str, str], tuple[str, str]]
"""Where, said, fix; the last two in Chinese and English."""


def missing(entry: Entry, _: date) -> Iterator[Found]:
    """What an entry must have before it goes to review."""
    wanted = {
        "title": ("信息资源名称", "title"),
        "provider": ("提供方代码", "provider's credit code"),
        "provider_name": ("信息资源提供方", "provider"),
        "division": ("行政区划代码", "division"),
        "abstract": ("信息资源摘要", "abstract"),
        "formats": ("信息资源格式", "formats"),
        "items": ("信息项", "items"),
        "sharing": ("共享类型", "sharing class"),
        "modes": ("共享方式", "sharing modes"),
        "opening": ("开放类型", "open attribute"),
        "cycle": ("更新周期", "update cycle"),
        "grade": ("数据分级", "grade"),
    }
    for name, (chinese, english) in wanted.items():
        if not getattr(entry, name) and not (name == "modes" and entry.sharing is Sharing.WITHHELD):
            yield (
                name,
                (f"未填{chinese}。", f"The {english} is missing."),
                (f"填写{chinese}。", f"Fill in the {english}."),
            )
    if entry.path.category is None or not entry.path.project:
        yield (
            "path",
            ("未填分类（类、项）。", "The classification (category and project) is missing."),
            ("填写类与项，如 部门信息资源 › 民政。", "Fill in category and project."),
        )


def wish(entry: Entry, _: date) -> Iterator[Found]:
    """What a good entry has."""
    wanted = {
        "code": ("信息资源代码", "code"),
        "lead_name": ("数源部门", "source department"),
        "collecting_basis": ("采集依据", "collecting basis"),
        "system": ("所属系统", "system"),
        "contacts": ("联系岗位", "contact posts"),
        "title_en": ("英文名称", "English title"),
    }
    for name, (chinese, english) in wanted.items():
        if not getattr(entry, name):
            yield name, (f"未填{chinese}。", f"No {english}."), (f"填写{chinese}。", f"Fill in the {english}.")


def system_name(entry: Entry, _: date) -> Iterator[Found]:
    """A title names the data, not the system that holds them."""
    stem = system_in(entry.title)
    if stem is not None:
        yield (
            "title",
            (f"“{entry.title}”是系统名称，不是数据名称。", f"{entry.title!r} names a system, not the data in it."),
            (f"写明数据内容，如“{stem}登记信息”。", f"What a record is about, e.g. {stem + '登记信息'!r}."),
        )


def short_abstract(entry: Entry, _: date) -> Iterator[Found]:
    """An abstract that says more than the title."""
    if entry.abstract and plain_title(entry.abstract) == plain_title(entry.title):
        yield (
            "abstract",
            ("摘要没有说出比名称更多的内容。", "The abstract says no more than the title."),
            ("一条记录是什么、从哪里来、谁核实。", "What a record is, where it comes from, who checks it."),
        )


def provider_code(entry: Entry, _: date) -> Iterator[Found]:
    """Credit codes of 18 characters whose check character is right."""
    for name, code in (("provider", entry.provider), ("lead", entry.lead)):
        if code:
            try:
                check_credit_code(code)
            except ValueError as wrong:
                yield (
                    name,
                    (f"{code!r} 不是统一社会信用代码。", str(wrong)[:200]),
                    ("填写 18 位统一社会信用代码。", "The 18 characters of the unified social credit code."),
                )


def code_form(entry: Entry, _: date) -> Iterator[Found]:
    """Codes of the form of the guide, whose first digit is that of the category."""
    for where, code in (("code", entry.code), *(("related", one) for one in entry.related)):
        if code and not fits(code):
            yield where, (f"代码 {code} 不合结构。", f"The code {code} has not the form."), (f"{FORM}。", FORM_EN)
    said = category_of(entry.code)
    if said is not None and entry.path.category is not None and said is not entry.path.category:
        digit, chinese, english = CATEGORIES[entry.path.category]
        yield (
            "code",
            (f"代码首位与类“{chinese}”不符。", f"The code's first digit is not that of {english}."),
            (f"首位用 {digit}，或更正类。", f"Begin with {digit}, or correct the category."),
        )


def secret_word(entry: Entry, _: date) -> Iterator[Found]:
    """Words of secrecy in title or abstract."""
    for where in ("title", "abstract"):
        if found := _SECRET.search(unicodedata.normalize("NFKC", getattr(entry, where))):
            yield (
                where,
                (f"出现“{found[0]}”：涉密数据不得进入目录。", f"Says {found[0]!r}: secret data must not enter."),
                ("属涉密的，删除本条目；否则改写。", "Discard it if it is secret; otherwise say it otherwise."),
            )


def contact(entry: Entry, _: date) -> Iterator[Found]:
    """Posts, and no number of a person."""
    for one in entry.contacts:
        if PERSON.search(one):
            yield (
                "contacts",
                ("联系方式含个人手机号或身份证号。", "A contact holds a person's number."),
                ("写岗位与办公电话，不写个人。", "The post and its office telephone, no person."),
            )


def future(entry: Entry, today: date) -> Iterator[Found]:
    """A day of publication that has come."""
    if entry.published_on and entry.published_on > today:
        yield (
            "published_on",
            (f"发布日期 {entry.published_on} 在将来。", f"Published on {entry.published_on}, which is to come."),
            ("填写实际发布日期；发布时自动填写。", "Leave it empty: it is filled in on publication."),
        )
