"""Bands of quality 质量等级: what the score of a dataset's newest version is called where datasets are counted."""

BANDS = (("good", 0.95), ("fair", 0.8), ("poor", 0.0))
"""Name and the least score, the best first."""
UNMEASURED = "none"
"""No version was published yet, or nothing was measured."""


def band(score: float | None) -> str:
    """The band of a score from 0 to 1."""
    return UNMEASURED if score is None else next(name for name, least in BANDS if score >= least)
