"""Data elements 数据元: what a field means whatever a department calls it, and the checks and defaults it brings."""

from dataclasses import dataclass

from schemas.dataset import Dimension, FieldType, Grade, Identifying, Json, Kind, Severity, Transform

_TEXT = FieldType(Kind.STRING)


@dataclass(frozen=True, slots=True)
class Promise:
    """The rule that an element brings to each field that declares it."""

    suffix: str
    """Rule name after the field's name: `person_id.resident_id`."""
    expectation: str
    arguments: tuple[tuple[str, Json], ...] = ()
    severity: Severity = Severity.ERROR
    dimension: Dimension = Dimension.CONFORMITY
    said: str = ""
    said_en: str = ""


@dataclass(frozen=True, slots=True)
class Element:
    """One data element of the city's standard."""

    id: str
    title: str
    title_en: str
    aliases: tuple[str, ...]
    """What departments call it: Chinese names and pinyin initials."""
    definition: str
    type: FieldType
    promises: tuple[Promise, ...]
    identifying: Identifying
    grade: Grade
    transform: Transform


ELEMENTS: tuple[Element, ...] = (
    Element(
        "resident_id",
        "公民身份号码",
        "Resident identity number",
        ("身份证号", "身份证号码", "身份证件号码", "居民身份证号码", "gmsfhm", "gmsfzh", "sfzh", "sfzhm"),
        "18 位，GB 11643-1999；含港澳台居民居住证（81、82、83 开头）",
        _TEXT,
        (
            Promise(
                "resident_id",
                "expect_column_values_to_be_resident_id",
                dimension=Dimension.ACCURACY,
                said="须为有效的公民身份号码（格式、出生日期、校验码）",
                said_en="must be a valid resident id (form, date of birth, check digit)",
            ),
        ),
        Identifying.DIRECT,
        Grade.GENERAL_3,
        Transform.MASK,
    ),
    Element(
        "credit_code",
        "统一社会信用代码",
        "Unified social credit code",
        ("社会信用代码", "信用代码", "统一代码", "tyshxydm", "shxydm", "uscc"),
        "18 位，GB 32100-2015",
        _TEXT,
        (
            Promise(
                "credit_code",
                "expect_column_values_to_be_credit_code",
                dimension=Dimension.ACCURACY,
                said="须为有效的统一社会信用代码（格式、校验码）",
                said_en="must be a valid unified social credit code (form, check character)",
            ),
        ),
        Identifying.DIRECT,
        Grade.GENERAL_1,
        Transform.CLEAR,
    ),
    Element(
        "division",
        "行政区划代码",
        "Division code",
        ("区划代码", "行政区划", "区划编码", "统计用区划代码", "xzqhdm", "qhdm"),
        "2、4、6、9、12 或 15 位数字，GB/T 2260、GB/T 10114 与统计用区划代码；统一为 12 位",
        _TEXT,
        (
            Promise(
                "known",
                "expect_column_values_to_be_known_division",
                severity=Severity.WARNING,
                dimension=Dimension.ACCURACY,
                said="须为已知区划（含历史区划）",
                said_en="must be a known division, now or in the past",
            ),
        ),
        Identifying.NONE,
        Grade.GENERAL_1,
        Transform.CLEAR,
    ),
    Element(
        "mobile",
        "移动电话号码",
        "Mobile number",
        ("手机号", "手机号码", "移动电话", "联系手机", "yddh", "sjhm"),
        "11 位数字，以 13 至 19 开头",
        _TEXT,
        (
            Promise(
                "mobile",
                "expect_column_values_to_match_regex",
                (("regex", "^1[3-9][0-9]{9}$"),),
                said="须为 11 位手机号码",
                said_en="must be a mobile number of 11 digits",
            ),
        ),
        Identifying.DIRECT,
        Grade.GENERAL_3,
        Transform.MASK,
    ),
    Element(
        "postcode",
        "邮政编码",
        "Postcode",
        ("邮编", "yzbm"),
        "6 位数字，首位 0 至 8",
        _TEXT,
        (
            Promise(
                "postcode",
                "expect_column_values_to_match_regex",
                (("regex", "^[0-8][0-9]{5}$"),),
                said="须为 6 位邮政编码",
                said_en="must be a postcode of six digits",
            ),
        ),
        Identifying.NONE,
        Grade.GENERAL_1,
        Transform.CLEAR,
    ),
    Element(
        "bank_card",
        "银行卡号",
        "Bank card number",
        ("银行账号", "银行卡", "社保卡银行账号", "yhkh", "yhzh"),
        "12 至 19 位数字，末位为 Luhn 校验位（ISO/IEC 7812-1）",
        _TEXT,
        (
            Promise(
                "length",
                "expect_column_value_lengths_to_be_between",
                (("min_value", 12), ("max_value", 19)),
                said="须为 12 至 19 位",
                said_en="must have 12 to 19 digits",
            ),
            Promise(
                "luhn",
                "expect_column_values_to_be_luhn",
                dimension=Dimension.ACCURACY,
                said="校验位须正确（Luhn）",
                said_en="must have a right check digit (Luhn)",
            ),
        ),
        Identifying.SENSITIVE,
        Grade.GENERAL_4,
        Transform.MASK,
    ),
    Element(
        "sex",
        "性别代码",
        "Sex",
        ("性别", "xb", "xbdm"),
        "GB/T 2261.1-2003：0 未知、1 男、2 女、9 未说明",
        _TEXT,
        (
            Promise(
                "sex",
                "expect_column_values_to_be_in_set",
                (("value_set", ("0", "1", "2", "9")),),
                said="须为 0、1、2 或 9",
                said_en="must be 0, 1, 2 or 9",
            ),
        ),
        Identifying.QUASI,
        Grade.GENERAL_2,
        Transform.CLEAR,
    ),
)
"""In the order in which they are shown."""

_BY_WORD = {word.lower(): one for one in ELEMENTS for word in (one.id, one.title, *one.aliases)}
_BY_ID = {one.id: one for one in ELEMENTS}


def element(id: str) -> Element:
    """The element of that id; KeyError lists the ids there are."""
    if id not in _BY_ID:
        raise KeyError(f"no data element {id!r}; there are {', '.join(_BY_ID)}")
    return _BY_ID[id]


def find_element(word: str) -> Element | None:
    """The element that a department means by `word`: its id, name or an alias, in any case; None where none does."""
    return _BY_WORD.get(word.strip().lower())
