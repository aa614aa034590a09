"""Lint rules over what a contract says for the catalogue: posts instead of persons, a code that fits its category."""

import re
from collections.abc import Iterator

from schemas.catalogue_code import category_of
from schemas.contract import Draft
from schemas.contract_lint import Fault
from schemas.entry import CATEGORIES

PERSON = re.compile(r"1[3-9]\d{9}|\d{17}[\dXx]")
"""A mobile number or a resident id."""


def contact_is_person(draft: Draft) -> Iterator[Fault]:
    """Contacts are posts with office telephones, and no number of a person."""
    for one in draft.dataset.catalogued.contacts:
        if PERSON.search(one):
            yield Fault(
                ("yishu.catalogue", "contacts"),
                ("联系方式含个人手机号或身份证号。", "A contact holds a person's number."),
                ("写岗位与办公电话，如 [救助科数据岗 0632-0000000]。", "The post and its office telephone."),
            )


def class_and_code(draft: Draft) -> Iterator[Fault]:
    """The first digit of a code in the guide's form is that of its category."""
    said, told = category_of(draft.dataset.catalogue_code), draft.dataset.catalogued.path.category
    if said is not None and told is not None and said is not told:
        digit, chinese, english = CATEGORIES[told]
        yield Fault(
            ("yishu.catalogue", "class"),
            (f"目录编码首位与类“{chinese}”不符。", f"The code's first digit is not that of {english}."),
            (f"编码首位用 {digit}，或改 category。", f"A code that begins with {digit}, or another category."),
        )
