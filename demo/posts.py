"""The posts of the demo's officials: each has a credential of its own, and with it the roles of its post."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalog.persons import Person
from demo.cast import Part
from schemas.access import Role


@dataclass(frozen=True, slots=True)
class Post:
    """One post of one organisation of the cast."""

    word: str
    """Short word that the demo's end report uses."""
    of: str
    """Role of its organisation in the cast."""
    name: str
    roles: frozenset[Role]

    def person(self, part: Part) -> Person:
        """Who holds it."""
        return Person(f"demo-{self.word}", part.organisation.credit_code, self.name, self.roles, part.clearance)


POSTS = (
    Post("catalogue-keeper", "big-data", "目录管理员（演示岗位）", frozenset({Role.CATALOGUE_KEEPER})),
    Post("authority-reviewer", "big-data", "主管部门审核岗（演示岗位）", frozenset({Role.AUTHORITY_REVIEWER})),
    Post("source-reviewer", "civil-affairs", "数源审核岗（演示岗位）", frozenset({Role.SOURCE_REVIEWER})),
    Post("source-reviewer-2", "human-resources", "数源审核岗（演示岗位）", frozenset({Role.SOURCE_REVIEWER})),
    Post("requester", "county", "需求经办岗（演示岗位）", frozenset({Role.REQUESTER})),
    Post("requester-city", "city", "需求经办岗（演示岗位）", frozenset({Role.REQUESTER})),
    Post("decider", "government", "争议裁定岗（演示岗位）", frozenset({Role.AUTHORITY_REVIEWER})),
    Post("security-auditor", "big-data", "安全审计岗（演示岗位）", frozenset({Role.SECURITY_AUDITOR})),
    Post("grid-worker", "village", "网格员（演示岗位）", frozenset({Role.GRID_WORKER})),
)


def holders(everybody: Mapping[str, Part]) -> tuple[tuple[Post, Part], ...]:
    """Every post with its organisation's part."""
    return tuple((post, everybody[post.of]) for post in POSTS)
