"""Data elements of organisations, places and vehicles."""

from schemas.dataset import Dimension, Grade, Identifying, Severity, Transform
from schemas.standards.element import TEXT, Element, Promise, coded, formed
from schemas.standards.licence_plate import FORM

ORGANISATION_ELEMENTS: tuple[Element, ...] = (
    Element(
        "credit_code",
        "统一社会信用代码",
        "Unified social credit code",
        ("社会信用代码", "信用代码", "统一代码", "tyshxydm", "shxydm", "uscc"),
        "18 位，GB 32100-2015",
        TEXT,
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
        "organisation_code",
        "组织机构代码",
        "Organisation code",
        ("机构代码", "组织机构编码", "组织机构代码证号", "zzjgdm", "zzjgbm"),
        "8 位本体代码加 1 位校验码，GB 11714-1997；印刷时校验码前有连字符（D2143569-X），数据中不写",
        TEXT,
        (
            Promise(
                "organisation_code",
                "expect_column_values_to_be_organisation_code",
                dimension=Dimension.ACCURACY,
                said="须为有效的组织机构代码（9 位，不写连字符，校验码正确）",
                said_en="must be a valid organisation code (9 characters without a hyphen, check character)",
            ),
        ),
        Identifying.DIRECT,
        Grade.GENERAL_1,
        Transform.CLEAR,
    ),
    Element(
        "industry",
        "国民经济行业分类代码",
        "Industry",
        (
            "行业代码",
            "国民经济行业代码",
            "行业分类",
            "行业分类代码",
            "国民经济行业",
            "所属行业",
            "hydm",
            "hyfl",
            "gmjjhydm",
        ),
        "GB/T 4754-2017：门类 1 位字母，大类 2 位、中类 3 位、小类 4 位数字，首位的 0 不可省略，数字前不写门类字母",
        TEXT,
        (coded("industry"),),
        Identifying.NONE,
        Grade.GENERAL_1,
        Transform.CLEAR,
        "industry",
    ),
)

PLACE_ELEMENTS: tuple[Element, ...] = (
    Element(
        "division",
        "行政区划代码",
        "Division code",
        ("区划代码", "行政区划", "区划编码", "统计用区划代码", "xzqhdm", "qhdm"),
        "2、4、6、9、12 或 15 位数字，GB/T 2260、GB/T 10114 与统计用区划代码；统一为 12 位",
        TEXT,
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
        "postcode",
        "邮政编码",
        "Postcode",
        ("邮编", "yzbm"),
        "6 位数字，首位 0 至 8",
        TEXT,
        (formed("postcode", "[0-8][0-9]{5}", "须为 6 位邮政编码", "must be a postcode of six digits"),),
        Identifying.NONE,
        Grade.GENERAL_1,
        Transform.CLEAR,
    ),
    Element(
        "licence_plate",
        "机动车号牌号码",
        "Licence plate",
        ("车牌号", "车牌号码", "车牌", "号牌号码", "机动车号牌", "cph", "cphm", "hphm", "jdchphm"),
        "GA 36-2018：普通号牌 7 位（如鲁D12345），新能源号牌 8 位（小型如鲁DD12345，大型如鲁D12345D）；不写间隔点",
        TEXT,
        (
            formed(
                "plate",
                FORM,
                "须为 7 位普通号牌或 8 位新能源号牌，不写间隔点",
                "must be an ordinary plate of 7 characters or a new-energy plate of 8, without a dot",
            ),
        ),
        Identifying.DIRECT,
        Grade.GENERAL_3,
        Transform.MASK,
    ),
)
