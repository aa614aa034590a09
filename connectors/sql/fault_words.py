"""What a database says of a fault, without the values that it quotes: they may be somebody's."""

import re

_QUOTED = re.compile(r"""["'`].*["'`]""", re.DOTALL)
_NAMES = re.compile(r"""(["'`]).*?\1""", re.DOTALL)
_STATE = re.compile(r"State: \w{5}, Native error: -?[0-9]+")
_OF_VALUES = re.compile(
    r"State: 2[23]|ORA-(?:01722|018\d\d|01426|01438|01489|12899)|conver[st]|overflow|out of range|truncated|"
    r"(?:invalid|incorrect) (?:input|number|character value|\w+ value)|invalid datetime|violates|duplicate|"
    r"cannot (?:cast|parse)|转换|溢出|截断|重复",
    re.IGNORECASE,
)
"""How the products tell that a fault lies in a value, of those whose drivers do not tell it apart."""
ADVICE = "the values are not repeated here; ask the database with the same select which row it is"


def fault_words(said: str, *, of_values: bool | None = None) -> str:
    """Its words in one line; of a fault that lies in values only the first line, without what stands in quotes.

    `of_values`: whether it does; None: as its words tell.
    """
    if not (_OF_VALUES.search(_NAMES.sub("…", said)) if of_values is None else of_values):
        return " ".join(said.split())
    first = _QUOTED.sub("…", said).strip().partition("\n")[0]
    state = _STATE.search(said)
    told = [*first.split(), *([state[0]] if state and state[0] not in first else [])]
    return f"{' '.join(told)} ({ADVICE})"
