"""One question of the demo's report: what was asked, what had to come back, and what did."""

from dataclasses import dataclass

from schemas.dataset import Json


@dataclass(frozen=True, slots=True)
class Question:
    """One question, what was expected and what was found."""

    question: str
    question_en: str
    expected: Json
    found: Json

    @property
    def right(self) -> bool:
        """Whether the answer is the expected one."""
        return bool(self.expected == self.found)
