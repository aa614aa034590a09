"""What the gates say, in Chinese and English, and what a refused asker can do next: one table."""

from collections.abc import Mapping
from dataclasses import dataclass

OK = "OK"


@dataclass(frozen=True, slots=True)
class Words:
    """What a refusal code means and what to do next. Braces are filled in by the rule."""

    said: str
    said_en: str
    following: str
    following_en: str


REFUSALS: Mapping[str, Words] = {
    "SUBJECT_CREDENTIAL_INACTIVE": Words(
        "凭证未生效、已停用或已过期",
        "the credential is not active",
        "请本单位数据管理员核发新凭证",
        "ask your organisation's data officer for a new credential",
    ),
    "SUBJECT_ORGANISATION_INACTIVE": Words(
        "凭证所属机构未登记或已停用",
        "the credential's organisation is not registered or not active",
        "请同级数据主管部门核对机构登记",
        "ask the data authority of your tier to check your organisation's registration",
    ),
    "DATASET_MISMATCH": Words(
        "请求与所查数据资源不是同一个",
        "the ask names another dataset than the one at hand",
        "请按数据资源编码重新提出请求",
        "ask again under the dataset's own key",
    ),
    "DATASET_NOT_PUBLISHED": Words(
        "该数据资源尚无已发布的版本",
        "no version of this dataset is published yet",
        "可在目录中订阅发布通知，发布后再取",
        "wait for its first version; the catalogue shows when it is published",
    ),
    "DATASET_HELD_BACK": Words(
        "该版本未通过质量校验，暂不提供",
        "this version did not pass its checks and is held back",
        "等待数源部门更正后重新发布，或向其提出疑义校核",
        "wait for the provider to publish a corrected version",
    ),
    "SHARE_CLASS_DENIED": Words(
        "共享属性为“{sharing}”，本次请求没有可用的依据",
        "the sharing class is '{sharing_en}', and this ask has no basis under it",
        "{class_next}",
        "{class_next_en}",
    ),
    "BASIS_UNCLEAR": Words(
        "同时指明了授权编号和另一种依据“{basis_zh}”",
        "a grant number and another basis, '{basis}', are named at once",
        "每次请求只能有一个依据：去掉授权编号，或去掉依据",
        "one ask stands on one basis: leave out the grant number or the basis",
    ),
    "NOT_THE_OWNER": Words(
        "只有数源部门本身可以“本部门履职”为依据",
        "only the provider itself can ask on the basis of its own duty",
        "请换用授权的用途。可用的用途：{possible}",
        "ask for the purpose of a grant. Possible for you: {possible_en}",
    ),
    "NOT_SUPERIOR": Words(
        "不经授权的汇总只给数源部门的上级",
        "figures without a grant are for the superior tiers of the provider",
        "请本级或上级数据主管部门汇总，或申请授权",
        "let a tier above the provider ask, or apply for a grant",
    ),
    "RETURN_NOT_DUE": Words(
        "数据返还只给数源层级以下、且记录有采集地的下级",
        "data return is for tiers below the provider, of datasets that record where they were collected",
        "请按有条件共享提出申请。可用的用途：{possible}",
        "apply for a grant instead. Possible purposes for you: {possible_en}",
    ),
    "GRANT_UNKNOWN": Words(
        "贵单位对该数据资源没有这一编号的授权",
        "your organisation has no grant of this number on this dataset",
        "核对授权编号。贵单位现有授权：{numbers}",
        "check the number. Your grants on this dataset: {numbers}",
    ),
    "AMBIGUOUS_GRANT": Words(
        "有多个授权同时适用：{numbers}",
        "several grants fit: {numbers}",
        "请在请求中指明其中一个授权编号",
        "name one of these grant numbers in the ask",
    ),
    "PURPOSE_MISMATCH": Words(
        "用途“{purpose_zh}”不是该依据所许可的用途",
        "the purpose '{purpose}' is not the one this basis is for",
        "可用的用途：{possible}；其他用途须另行申请",
        "possible purposes for you: {possible_en}; apply for a grant for any other",
    ),
    "MODE_NOT_GRANTED": Words(
        "不得以“{mode_zh}”方式获取",
        "the mode '{mode}' is not open to you here",
        "可用的方式：{modes_zh}",
        "modes open to you: {modes}",
    ),
    "GRANT_NOT_IN_FORCE": Words(
        "授权 {grant} 不在有效期内或未处于有效状态",
        "grant {grant} is not in force",
        "有效期 {term}，状态 {state_zh}；如需继续使用请申请续期",
        "its term is {term}, its state '{state}'; apply for a new one",
    ),
    "QUOTA_SPENT": Words(
        "授权 {grant} 本期用量已用完",
        "the quota of grant {grant} is spent for its period",
        "等待下一周期，或申请提高用量",
        "wait for the next period, or apply for a larger quota",
    ),
    "GRADE_TOO_HIGH": Words(
        "所请求的数据项分级均高于可获取的最高级别（{grade}）",
        "every item asked for is graded above what may leave here ({grade})",
        "改用分级较低的数据项，或由本单位申请更高的访问级别",
        "ask for items of a lower grade, or apply for a higher clearance",
    ),
    "NO_COLUMNS": Words(
        "所请求的数据项没有一项可以提供",
        "none of the items asked for may be served",
        "查看目录中可提供的数据项，或申请增加数据项",
        "look up in the catalogue which items you may have, or apply for more",
    ),
    "FILTER_NOT_ALLOWED": Words(
        "筛选条件和比对只能使用可明文获取的数据项",
        "a filter or a comparison may use only items that you may have in clear",
        "去掉对其他数据项的筛选或比对。可用的数据项：{clear}",
        "leave the other items out. Items you may filter by and compare: {clear}",
    ),
    "DIVISION_UNKNOWN": Words(
        "行政区划代码“{division}”不存在",
        "there is no division '{division}'",
        "使用 2、4、6、9、12 或 15 位的行政区划代码",
        "use a division code of 2, 4, 6, 9, 12 or 15 digits",
    ),
    "NO_ROWS_IN_SCOPE": Words(
        "请求的区划与可获取的区划没有交集",
        "the division asked for and those open to you have nothing in common",
        "{land_next}",
        "{land_next_en}",
    ),
    "CONSENT_MISSING": Words(
        "该数据须经个人授权，目前没有有效的授权",
        "these data need the person's consent, and none is in force",
        "先取得当事人对本单位、本用途的授权",
        "obtain the person's consent for your organisation and this purpose first",
    ),
    "VERIFY_NEEDS_CASE_AND_SUBJECT": Words(
        "核验须填写案件号和一个对象的完整标识（{key}）",
        "a verify needs a case number and the full key of one subject ({key})",
        "补齐案件号和标识后重试；不需核验时改用其他方式",
        "add the case number and exactly these key items, or use another mode",
    ),
    "OPEN_NOT_ANONYMOUS": Words(
        "开放版本未通过匿名性检查（最小分组 {k}，应不小于 {least}）",
        "the open version has not passed the anonymity check (smallest group {k}, at least {least} needed)",
        "由数源部门计算并提高最小分组后重新发布",
        "the provider must compute and raise the smallest group, and publish again",
    ),
    "LINKAGE_NEEDS_SIGNATURE": Words(
        "与既有授权合并后最小分组为 {k}，小于 {least}",
        "together with the grants held, the smallest group is {k}, below {least}",
        "由同级数据主管部门签批后方可使用",
        "the data authority of your tier must sign the approval first",
    ),
}
"""Refusal code -> what it means and what to do next. The one list of codes of the access rule."""

PASSES: Mapping[str, tuple[str, str]] = {
    "G0": ("凭证和机构有效", "the credential and its organisation are active"),
    "G0.public": ("公众，无凭证", "the public, without a credential"),
    "G1": ("已发布且未被扣留", "published and not held back"),
    "G2.open": ("开放数据，任何人可得", "open data: anybody"),
    "G2.grant": ("共享属性许可以授权获取", "the sharing class lets a grant open it"),
    "G2.owner": ("数源部门本身", "the provider itself"),
    "G2.superior": ("共享属性许可上级汇总", "the sharing class lets superiors have figures"),
    "G2.return": ("共享属性许可返还", "the sharing class lets it be returned"),
    "G3.owner": ("依据：数源部门", "basis: owner"),
    "G3.grant": ("依据：授权", "basis: grant"),
    "G3.superior": ("依据：上级汇总", "basis: a superior's figures"),
    "G3.return": ("依据：数据返还", "basis: data return"),
    "G3.open": ("依据：开放", "basis: open data"),
    "G4": ("用途一致", "the purpose is the basis's own"),
    "G5": ("方式许可", "the mode is allowed"),
    "G6": ("授权在有效期内，用量有余", "the grant is in force, with quota left"),
    "G6.none": ("该依据无期限和用量", "this basis has no term and no quota"),
    "G7": ("没有数据项因分级而扣除", "no item falls away for its grade"),
    "G7.some": ("部分数据项因分级而扣除", "some items fall away for their grade"),
    "G8": (
        "数据项：所请求、所授权、可共享者，取最严的处理",
        "items: asked, granted and shareable, each with its strictest transform",
    ),
    "G9": ("行：可获取的区划与所请求区划之交", "rows: divisions open to you within the one asked for"),
    "G9.all": ("行：不限区划", "rows: of every division"),
    "G10": ("该数据或依据不需个人授权", "no consent needed for these data on this basis"),
    "G10.some": ("只含已授权的个人", "only persons who consented"),
    "G11": ("非核验方式", "not a verify"),
    "G11.verify": ("案件号和完整标识齐备", "a case number and one full key are given"),
    "G12": ("最小分组满足要求，或无需计算", "the smallest group is large enough, or none is needed"),
    "G12.signed": ("数据主管部门已签批合并使用", "the data authority has signed for the join"),
    "G12.later": ("最小分组在审批授权时计算", "the smallest group is computed when a grant is made"),
}
"""Gate, with a variant after the dot -> what a passed gate says."""

GATES: Mapping[str, tuple[str, str]] = {
    "G0": ("主体", "Subject"),
    "G1": ("数据资源", "Dataset"),
    "G2": ("共享属性", "Sharing class"),
    "G3": ("依据", "Basis"),
    "G4": ("用途", "Purpose"),
    "G5": ("方式", "Mode"),
    "G6": ("期限与用量", "Term and quota"),
    "G7": ("分级", "Grade"),
    "G8": ("数据项", "Columns"),
    "G9": ("行", "Rows"),
    "G10": ("个人授权", "Consent"),
    "G11": ("核验", "Verify"),
    "G12": ("关联风险", "Linkage"),
}
"""Gate -> its name."""

SHARING: Mapping[str, tuple[str, str]] = {
    "open": ("开放", "open"),
    "unconditional": ("无条件共享", "unconditional"),
    "conditional": ("有条件共享", "conditional"),
    "withheld": ("不予共享", "withheld"),
}
"""Sharing class -> its name."""

MODES: Mapping[str, str] = {
    "bulk": "批量", "delta": "增量", "query": "查询", "verify": "核验", "file": "文件", "aggregate": "汇总",
}  # fmt: skip
"""Mode -> its Chinese name."""

STATES: Mapping[str, str] = {"active": "有效", "suspended": "已中止", "revoked": "已撤销", "expired": "已到期"}
"""State of a grant -> its Chinese name."""

BASES: Mapping[str, str] = {
    "owner": "数源部门", "grant": "授权", "return": "数据返还", "open": "开放", "superior": "上级汇总",
}  # fmt: skip
"""Basis -> its Chinese name."""
