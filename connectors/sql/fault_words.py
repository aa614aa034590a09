"""What a database says of a fault, without the values that it quotes: they may be somebody's."""

import re

_QUOTED = re.compile(r"""["'`“”‘’].*["'`“”‘’]""", re.DOTALL)
_NAMES = re.compile(r"""(["'`])(?![^\s"'`]*\d{15})[^\s"'`]+\1""")
"""Names hold no blanks, as what stands between the apostrophe of a word and a quote does, and no number of a person."""
_STATE = re.compile(r"State: \w{5}, Native error: -?[0-9]+")
_OF_NAMES = "的?(?:表|视图|列|字段|对象|标识|用户|登录|口令|密码|模式|数据库|连接|授权|语句|函数|索引|名)"
_OF_VALUES = re.compile(
    r"State: 2[23]|ORA-(?:01722|018\d\d|01426|01438|01489|12899)|conver[st]|overflow|out of range|truncated|"
    r"(?:invalid|incorrect|bad) (?:input|number|character (?:value|found)|value|\w+ value|format|decimal|date|time)|"
    r"not a (?:number|valid \w*(?:int|num|dec|date|time|bool|float|double|real|uuid))|violates|duplicate|value too|"
    r"(?:cannot|can't|could not|unable to|failed to) (?:be )?(?:cast|parse|create a (?:date|time))|cast ?\(|"
    r"error parsing|unparseable|for input string|cast_invalid|data exception|byte sequence|(?:illegal|wrong) value|"
    r"value \S+ is not recognized|\)=\(.*\) already exists|语法无效|"
    r"malformed|not match format|转[换化]|溢出|截断|重复|违反|超出\w{0,9}范围|无法将|过长|超长|"
    rf"无效(?=\w)(?!{_OF_NAMES})|不是有效(?!{_OF_NAMES})|(?:值|数字|日期|时间|字符|格式)\W*无效|"
    r"非法的?(?:数|日期|时间|值|字符)|格式(?:错误|不)|\d{15}",
    re.IGNORECASE,
)
"""How the products tell that a fault lies in a value, of those whose drivers do not tell it apart."""
_UNQUOTED = re.compile(
    r"((?:values?(?:\(s\))?|值|=)\s*+(?:(?:is|are|was|为|是)\s*+)?[:=：]?\s*+)(?:[(（](?:.*[)）]|.*)|[-+]?\d\S*)|"
    r"(值[为是]\s*)[^\s，。,;]+",
    re.IGNORECASE | re.DOTALL,
)
"""What stands in brackets behind "value is", or a number there; types keep their lengths."""
_LONG = re.compile(rf"({_STATE.pattern})|(?<![A-Za-z0-9_.])[A-Za-z0-9_.]*?\d{{6,}}[A-Za-z0-9_.]*")
"""A word with six digits in a row: a number of somebody's, longer than the codes of faults."""
ADVICE = "the values are not repeated here; ask the database with the same select which row it is"


def fault_words(said: str, *, of_values: bool | None = None) -> str:
    """Its words in one line; of a fault that lies in values only the first line, without quotes, values and numbers.

    `of_values`: whether it does; None: as its words tell.
    """
    if not (_OF_VALUES.search(_NAMES.sub("…", said)) if of_values is None else of_values):
        return " ".join(said.split())
    open_words = _UNQUOTED.sub(_struck, _QUOTED.sub("…", said)).strip()
    first = _LONG.sub(_struck, open_words.partition("\n")[0])
    state = _STATE.search(said)
    told = [*first.split(), *([state[0]] if state and state[0] not in first else [])]
    return f"{' '.join(told)} ({ADVICE})"


def _struck(found: re.Match[str]) -> str:
    kept = "".join(one or "" for one in found.groups())
    return kept if kept == found[0] else f"{kept}…"
