"""Whether a delta can be told: a removed row is named by its key alone, so the whole key must leave in clear."""

from dataclasses import replace

from schemas.access import Decision, Gate
from schemas.dataset import Dataset, Transform

DELTA_NEEDS_KEY = "DELTA_NEEDS_KEY"
SAID = "增量须以完整主键（{key}）的明文标明哪些行已删除"
SAID_EN = "a delta names the rows that were removed by their whole key ({key}) in clear"
NEXT = "将主键列入所请求的数据项；如主键不能以明文提供，请改为全量获取"
NEXT_EN = "ask for the key's items too; where they are not yours in clear, take the version whole"


def with_key(decision: Decision, dataset: Dataset) -> Decision:
    """The same decision, or a refusal where some part of the primary key is not served, or not in clear."""
    clear = {c.name for c in decision.served if c.transform is Transform.CLEAR}
    key = dataset.key_fields
    if not decision.allowed or (key and clear.issuperset(key)):
        return decision
    named = "、".join(key) or "—"
    gate = Gate("G8", False, DELTA_NEEDS_KEY, SAID.format(key=named), SAID_EN.format(key=named), decision.grant)
    return replace(
        decision,
        allowed=False,
        version=0,
        columns=(),
        rows=None,
        gates=(*(g for g in decision.gates if g.name != "G8"), gate),
        code=DELTA_NEEDS_KEY,
        gate="G8",
        following=NEXT,
        following_en=NEXT_EN,
        most=None,
        obligations=(),
    )
