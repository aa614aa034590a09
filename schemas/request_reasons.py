"""Closed lists of requests: names of states and actions, reasons for refusing, for ending a grant, kinds of defects."""

from collections.abc import Mapping

from schemas.request import Action, State

STATES: Mapping[State, tuple[str, str]] = {
    State.DRAFT: ("草稿", "Draft"),
    State.SUBMITTED: ("已提交", "Submitted"),
    State.FORMAL_CHECK: ("形式审查", "Formal check"),
    State.RETURNED: ("退回补正", "Returned"),
    State.ACCEPTED: ("已受理", "Accepted"),
    State.DEMAND: ("需求待认责", "Demand"),
    State.DUTY: ("已认责，待编目", "Duty assigned"),
    State.PROVIDER_REVIEW: ("提供部门审核", "Provider's review"),
    State.PROVISIONING: ("已同意，待供给", "Provisioning"),
    State.TESTING: ("已授权，待首次读取", "Granted, not read yet"),
    State.ACTIVE: ("使用中", "Active"),
    State.EXPIRING: ("即将到期", "Expiring"),
    State.SUSPENDED: ("已暂停", "Suspended"),
    State.REFUSED: ("不予提供", "Refused"),
    State.NEGOTIATION: ("争议协商", "Negotiation"),
    State.MEDIATION: ("争议调解", "Mediation"),
    State.ESCALATED: ("提请决定", "Escalated"),
    State.DECIDED: ("已裁定不予提供", "Decided: refusal stands"),
    State.EXPIRED: ("已到期", "Expired"),
    State.REVOKED: ("已撤销", "Revoked"),
    State.WITHDRAWN: ("已撤回", "Withdrawn"),
    State.CLOSED: ("已关闭", "Closed"),
}
"""State -> (Chinese, English)."""

ACTIONS: Mapping[Action, tuple[str, str]] = {
    Action.SAVE: ("保存", "Save"),
    Action.SUBMIT: ("提交", "Submit"),
    Action.WITHDRAW: ("撤回申请", "Withdraw"),
    Action.OBJECT: ("提出争议", "Object"),
    Action.MEDIATE: ("申请调解", "Ask for mediation"),
    Action.ESCALATE: ("提请上级决定", "Escalate"),
    Action.GIVE_BACK: ("停止使用", "Give back"),
    Action.ACCEPT: ("受理", "Accept"),
    Action.RETURN: ("一次性退回补正", "Return, with every defect"),
    Action.MATCH: ("匹配已有数据", "Match with a dataset"),
    Action.ASSIGN: ("认定数源部门", "Assign the duty"),
    Action.SIGN: ("签批关联风险", "Sign for the linkage risk"),
    Action.APPROVE: ("同意（逐项）", "Approve, item by item"),
    Action.REFUSE: ("不予提供", "Refuse"),
    Action.NOT_HELD: ("非本部门数据", "Not held here"),
    Action.CATALOGUE: ("已编目", "Catalogued"),
    Action.PROVISION: ("供给（授权）", "Provide the grant"),
    Action.SUSPEND: ("暂停", "Suspend"),
    Action.RESUME: ("恢复", "Resume"),
    Action.REVOKE: ("撤销授权", "Revoke"),
    Action.UPHOLD: ("维持不予提供", "Uphold the refusal"),
    Action.OVERTURN: ("责令提供（逐项）", "Order to provide, item by item"),
    Action.CHECK: ("转形式审查", "To the formal check"),
    Action.PASS: ("自动审查通过", "Complete"),
    Action.GRANT: ("自动授权", "Granted automatically"),
    Action.REVIEW: ("转提供部门", "To the provider"),
    Action.DEMAND: ("转需求认责", "No dataset meets it"),
    Action.READ: ("首次读取成功", "First successful read"),
    Action.REMIND: ("到期提醒", "30 days' notice"),
    Action.EXPIRE: ("授权到期", "The grant ended"),
    Action.LAPSE: ("逾期关闭", "Lapsed"),
    Action.OVERRUN: ("逾期升级", "Overdue: to the next level"),
}
"""Action -> (Chinese, English)."""

REFUSALS: Mapping[str, tuple[str, str]] = {
    "withheld_by_law": ("依法不予共享", "Withheld by law"),
    "condition_not_met": ("不符合目录载明的共享条件", "The catalogue's sharing condition is not met"),
    "tier_not_eligible": ("申请层级不在共享范围", "The tier is not among those eligible"),
    "beyond_need": ("超出履职最小必要", "More than the duty needs"),
    "no_legal_basis": ("使用依据不成立", "The legal basis does not hold"),
    "linkage_risk": ("聚合关联风险无法控制", "The risk of aggregation and linkage cannot be controlled"),
    "defects_remain": ("补正后仍不完整", "Still incomplete after it was returned"),
    "nobody_holds": ("尚无部门采集，且不宜新增采集", "Nobody collects it, and nobody should begin to"),
    "granted_already": ("已有同一授权", "The same is granted already"),
}
"""The closed list of reasons for refusing a request or an item of it: code -> (Chinese, English)."""

ENDINGS: Mapping[str, tuple[str, str]] = {
    "breach": ("违反使用约定", "Terms of use were broken"),
    "purpose_ended": ("用途终止", "The purpose has ended"),
    "basis_ended": ("依据失效", "The legal basis has lapsed"),
    "security": ("安全风险", "A risk to security"),
    "quality": ("数据质量问题待处理", "The data's quality is being mended"),
}
"""The closed list of reasons for suspending or revoking a grant: code -> (Chinese, English)."""

DEFECTS: Mapping[str, tuple[str, str]] = {
    "missing": ("未填写", "is missing"),
    "unknown": ("无此项", "is not known"),
    "not_shared": ("不予共享，不能申请", "is withheld and cannot be asked for"),
    "not_needed": ("无需申请，可直接取用", "needs no request"),
    "own": ("为本单位数据，无需申请", "is your own"),
    "not_in_condition": ("超出目录载明的共享条件", "is outside the catalogue's sharing condition"),
    "period": ("期限不合理", "is no sensible period"),
    "unclear": ("不明确，需说明", "is not clear and must be explained"),
    "not_proven": ("缺少证明材料", "is not proven"),
}
"""Kinds of defects: code -> (Chinese, English), said behind the name of what is meant."""
