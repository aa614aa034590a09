"""The questions that the demo asks of the running API, each with what must come back, known from the city's truth."""

import re
from collections.abc import Callable, Mapping, Sequence

from demo import civil_affairs, credit, market_regulation, places
from demo.asking import RECORDS, Answer, Asker
from demo.cast import ASSISTANCE, SUPERVISION, the_village
from demo.city import City
from demo.faults import DUPLICATE
from demo.question import Question

LOW_INCOME = civil_affairs.KEY
FOUR = ("province", "city", "county", "village")
PERSON_ID = re.compile(r"[0-9]{17}[0-9X]")
MASKED = {"person_id": "mask", "name": "mask", "mobile": "mask"}
TREATED: Mapping[str, Mapping[str, str]] = {
    "province": {"person_id": "token", "name": "drop", "mobile": "drop"},
    "city": MASKED,
    "county": MASKED,
    "village": MASKED,
}
"""How each of the four gets what names a person."""
UNKNOWN = ".known"
"""How rules end that warn of divisions nobody knows: they depend on what was imported."""
COMPARED = "record_no,person_id,household_division,monthly_amount,approved_on"


def ask_questions(asker: Asker, city: City, ledger_faults: Callable[[], Sequence[object]]) -> tuple[Question, ...]:
    """All of them; `ledger_faults` verifies the ledger once everything is asked."""
    four = {role: asker.pages(role, LOW_INCOME, purpose=ASSISTANCE) for role in FOUR}
    questions = [
        *(_one_of_four(role, answer, city) for role, answer in four.items()),
        _different(four),
        *(_explained(asker, role) for role in FOUR),
        *_refused(asker),
        *_retired(asker, city),
        _formats(asker, city),
        *_open_to_all(asker, city),
        *_returned(asker, city),
        _unconditional(asker, city),
        _to_mend(asker, city),
        _own_records(asker),
    ]
    receipts = [number for answer in four.values() for number in answer.receipts]
    questions.append(
        Question(
            "每个答复都有各自的回执",
            "every answer has a receipt of its own",
            [len(receipts), True],
            [len(set(receipts)), all(receipts)],
        )
    )
    faults = [str(fault) for fault in ledger_faults()]
    questions.append(Question("台账校验无误", "the ledger verifies", [], faults))
    return tuple(questions)


def expected_rows(role: str, city: City) -> int:
    """How many recipients a role must get, from the truth of the city: nothing of the product is asked."""
    if role == "province":
        return city.whole(LOW_INCOME).published
    prefix = {"city": "3704", "county": next(iter(places.COUNTIES)), "village": the_village()[0]}[role]
    return city.rows_in(LOW_INCOME, "household_division", prefix)


def _one_of_four(role: str, answer: Answer, city: City) -> Question:
    clear = sum(1 for row in answer.rows if PERSON_ID.fullmatch(str(row.get("person_id"))))
    return Question(
        f"{role}：同一地址，低保对象的行数与脱敏",
        f"{role}: rows and masks at the same address",
        {"status": 200, "rows": expected_rows(role, city), "columns": TREATED[role], "clear_ids": 0},
        {
            "status": answer.status,
            "rows": len(answer.rows),
            "columns": {name: answer.columns.get(name, "drop") for name in TREATED[role]},
            "clear_ids": clear,
        },
    )


def _different(four: Mapping[str, Answer]) -> Question:
    seen = {repr((sorted(a.columns.items()), a.rows)) for a in four.values()}
    return Question("四级得到四个不同的答复", "four tiers, four different answers", 4, len(seen))


def _explained(asker: Asker, role: str) -> Question:
    told = asker.access(role, LOW_INCOME, purpose=ASSISTANCE, mode="query")
    village, _ = the_village()
    land = {"province": places.PROVINCE, "city": places.CITY, "county": "370402000000", "village": village}[role]
    scope = told.get("rows", {})
    return Question(
        f"{role}：/access 逐关说明",
        f"{role}: /access explains gate by gate",
        {"allowed": True, "gates": 13, "basis": "grant", "rows": [land]},
        {
            "allowed": told.get("allowed"),
            "gates": len(told.get("gates", ())),
            "basis": told.get("basis"),
            "rows": [one["code"] for one in scope.get("divisions", ())],
        },
    )


def _refused(asker: Asker) -> list[Question]:
    other = asker.pages("county", LOW_INCOME, purpose="statistics")
    bulk = asker.whole("village", LOW_INCOME, "csv", purpose=ASSISTANCE)
    hidden = asker.pages("outsider", LOW_INCOME, purpose=ASSISTANCE)
    return [
        _refusal(
            "换用途被拒，并说明下一步",
            "another purpose is refused, with what to do next",
            other,
            "PURPOSE_MISMATCH",
            "G4",
        ),
        _refusal("村级不得批量获取", "no bulk for a village", bulk, "MODE_NOT_GRANTED", "G5"),
        Question("社会机构看不到有条件共享数据", "an outsider does not learn of conditional data", 404, hidden.status),
    ]


def _refusal(question: str, english: str, answer: Answer, code: str, gate: str) -> Question:
    told = answer.problem
    found = [answer.status, told.get("code"), told.get("gate"), bool(told.get("next")), all(answer.receipts)]
    return Question(question, english, [403, code, gate, True, True], found)


def _retired(asker: Asker, city: City) -> list[Question]:
    """Rows with Laiwu's old code 371202 belong to 370116 now, and to nobody else's county."""
    questions = []
    for role, codes in (("laiwu", (places.RETIRED, places.SUCCESSOR)), ("county", ("370402",))):
        answer = asker.pages(role, credit.KEY, purpose=SUPERVISION)
        expected = {code: city.rows_in(credit.KEY, "division", code) for code in codes}
        found = dict.fromkeys(codes, 0)
        for row in answer.rows:
            code = str(row["division"])[:6]
            found[code] = found.get(code, 0) + 1
        questions.append(
            Question(
                f"{role}：行政处罚按区划沿革可见（371202→370116）",
                f"{role}: penalties by the lineage of divisions (371202→370116)",
                expected,
                found,
            )
        )
    return questions


def _formats(asker: Asker, city: City) -> Question:
    words = {"purpose": ASSISTANCE, "columns": COMPARED}
    seen = {_key(asker.pages("city", LOW_INCOME, **words))}
    seen |= {_key(asker.whole("city", LOW_INCOME, shape, **words)) for shape in ("arrow", "parquet", "csv")}
    sizes = sorted({len(rows) for rows in seen})
    return Question(
        "四种格式的行相同", "four formats, the same rows", [1, [expected_rows("city", city)]], [len(seen), sizes]
    )


def _key(answer: Answer) -> tuple[tuple[str, ...], ...]:
    names = COMPARED.split(",")
    return tuple(sorted(tuple(str(row[name]) for name in names) for row in answer.rows))


def _open_to_all(asker: Asker, city: City) -> list[Question]:
    everything = city.whole(credit.KEY).published
    questions = []
    for role, chinese in (("public", "公众无凭证"), ("outsider", "社会机构")):
        answer = asker.whole(role, credit.KEY, "parquet", purpose="open_use")
        found = [answer.status, len(answer.rows)]
        questions.append(
            Question(f"{chinese}可得开放数据", f"{role}: open data are for everybody", [200, everything], found)
        )
    return questions


def _returned(asker: Asker, city: City) -> list[Question]:
    """What a lower tier collected comes back to it, in clear, without a grant."""
    questions = []
    for role, prefix in (("county", "370402"), ("village", the_village()[0])):
        answer = asker.pages(role, LOW_INCOME, purpose="data_return")
        expected = city.rows_in(LOW_INCOME, "collected_by", prefix)
        clear = sum(1 for row in answer.rows if PERSON_ID.fullmatch(str(row.get("person_id"))))
        questions.append(
            Question(
                f"{role}：所采集数据的返还",
                f"{role}: what it collected is returned",
                {"rows": expected, "clear_ids": expected},
                {"rows": len(answer.rows), "clear_ids": clear},
            )
        )
    return questions


def _unconditional(asker: Asker, city: City) -> Question:
    answer = asker.whole("county", market_regulation.KEY, "arrow", purpose="market_supervision")
    expected = city.rows_in(market_regulation.KEY, "registered_division", "370402")
    return Question(
        "无条件共享：自动授权，县级批量只含本辖区",
        "unconditional: an automatic grant, and a county's bulk holds its own land only",
        [200, expected],
        [answer.status, len(answer.rows)],
    )


def _to_mend(asker: Asker, city: City) -> Question:
    """Every planted fault is an incident of the department that provides the data, with its number of rows."""
    truth = city.whole(LOW_INCOME)
    expected = {**truth.quarantined, **truth.warnings} | ({DUPLICATE: truth.duplicates} if truth.duplicates else {})
    told = {one["rule"]: one["failed"] for one in asker.incidents("civil-affairs", LOW_INCOME)}
    found = {rule: rows for rule, rows in told.items() if rule in expected or not rule.endswith(UNKNOWN)}
    return Question(
        f"数源部门收到 {len(found)} 张问题单，与植入的错误逐条一致",
        f"the department has {len(found)} incidents to mend, exactly the planted faults",
        dict(sorted(expected.items())),
        dict(sorted(found.items())),
    )


def _own_records(asker: Asker) -> Question:
    """The department sees each of its failing records; a department beside it does not even see the incident."""
    mine = [one for one in asker.incidents("civil-affairs", LOW_INCOME) if one["records_kept"]]
    seen = {one["rule"]: len(asker.failing("civil-affairs", one["id"]).rows) for one in mine}
    others = {asker.failing("health", one["id"]).status for one in mine}
    return Question(
        "不合格记录只有数源部门逐条可见",
        "failing records are shown one by one, to their own department alone",
        [{one["rule"]: min(one["failed"], RECORDS) for one in mine}, [404]],
        [seen, sorted(others)],
    )
