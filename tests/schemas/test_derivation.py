"""Column lineage read from SQL, over the shapes that queries come in."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.derivation import derivation
from schemas.origin import How

INPUTS = {
    "tax.wage": ("person_id", "firm", "month", "amount"),
    "human_resources.insurance": ("person_id", "firm", "month", "base", "reason"),
    "tax.invoice": ("firm", "invoiced"),
}
WAGE, INSURANCE = "tax.wage", "human_resources.insurance"
ID, FIRM, MONTH, AMOUNT = ((WAGE, name) for name in INPUTS[WAGE])
THEIR_ID, THEIR_FIRM, THEIR_MONTH, BASE, REASON = ((INSURANCE, name) for name in INPUTS[INSURANCE])

SHAPES: Mapping[str, tuple[str, Mapping[str, set[tuple[str, str]]], set[tuple[str, str]]]] = {
    "columns as they are": (
        "select person_id, amount from {tax.wage}",
        {"person_id": {ID}, "amount": {AMOUNT}},
        set(),
    ),
    "quoted Chinese names": (
        'select w.person_id as "公民身份号码", amount * 12 "年收入" from {tax.wage} w',
        {"公民身份号码": {ID}, "年收入": {AMOUNT}},
        set(),
    ),
    "common table expression": (
        "with paid as (select person_id, sum(amount) as total from {tax.wage} group by person_id) "
        "select p.person_id, total, i.base from paid p "
        "join {human_resources.insurance} i on i.person_id = p.person_id where i.reason = '02'",
        {"person_id": {ID}, "total": {AMOUNT}, "base": {BASE}},
        {THEIR_ID, REASON},
    ),
    "common table expression with names of its own": (
        "with paid(who, what) as (select person_id, amount from {tax.wage}) select who, what from paid",
        {"who": {ID}, "what": {AMOUNT}},
        set(),
    ),
    "one common table expression over another": (
        "with a as (select person_id from {tax.wage}), b as (select person_id as p from a) select b.p from b",
        {"p": {ID}},
        set(),
    ),
    "UNION by place": (
        "select person_id as who, amount as what from {tax.wage} "
        "union all select person_id, base from {human_resources.insurance} order by who",
        {"who": {ID, THEIR_ID}, "what": {AMOUNT, BASE}},
        set(),
    ),
    "UNION BY NAME": (
        "select person_id, amount from {tax.wage} "
        "union all by name select base as amount, person_id from {human_resources.insurance}",
        {"person_id": {ID, THEIR_ID}, "amount": {AMOUNT, BASE}},
        set(),
    ),
    "EXCEPT in parentheses": (
        "(select person_id from {tax.wage}) except (select person_id from {human_resources.insurance})",
        {"person_id": {ID, THEIR_ID}},
        set(),
    ),
    "subselect in FROM": (
        "select x.p from (select person_id as p, reason from {human_resources.insurance}) x where x.reason = '02'",
        {"p": {THEIR_ID}},
        {REASON},
    ),
    "correlated subselect as a value": (
        "select w.person_id, (select max(base) from {human_resources.insurance} i where i.person_id = w.person_id) "
        "as b from {tax.wage} w",
        {"person_id": {ID}, "b": {BASE, THEIR_ID, ID}},
        set(),
    ),
    "EXISTS as a value tells its filter": (
        "select w.person_id, exists(select 1 from {human_resources.insurance} i where i.reason = '02') as known "
        "from {tax.wage} w",
        {"person_id": {ID}, "known": {REASON}},
        set(),
    ),
    "IN as a filter": (
        "select person_id from {tax.wage} where firm in (select firm from {human_resources.insurance})",
        {"person_id": {ID}},
        {FIRM, THEIR_FIRM},
    ),
    "CASE": (
        "select case when amount > 5000 then 'high' else month end as level from {tax.wage}",
        {"level": {AMOUNT, MONTH}},
        set(),
    ),
    "aggregate with a filter of its own": (
        "select firm, sum(amount) filter (where month > '2026-01') as paid from {tax.wage} group by firm",
        {"firm": {FIRM}, "paid": {AMOUNT, MONTH}},
        set(),
    ),
    "count of rows, grouped by all": (
        "select firm, count(*) as n from {tax.wage} group by all having sum(amount) > 3 order by n",
        {"firm": {FIRM}, "n": set()},
        {AMOUNT},
    ),
    "window function": (
        "select person_id, row_number() over (partition by firm order by month) as n from {tax.wage}",
        {"person_id": {ID}, "n": {FIRM, MONTH}},
        set(),
    ),
    "named window": (
        "select person_id, rank() over w as n from {tax.wage} window w as (partition by firm order by month)",
        {"person_id": {ID}, "n": {FIRM, MONTH}},
        set(),
    ),
    "QUALIFY": (
        "select person_id from {tax.wage} qualify row_number() over (partition by firm order by month) = 1",
        {"person_id": {ID}},
        {FIRM, MONTH},
    ),
    "an alias used by another": (
        "select amount * 2 as twice, twice + 1 as more from {tax.wage}",
        {"twice": {AMOUNT}, "more": {AMOUNT}},
        set(),
    ),
    "USING": (
        "select person_id, base, amount from {tax.wage} full join {human_resources.insurance} using (person_id)",
        {"person_id": {ID, THEIR_ID}, "base": {BASE}, "amount": {AMOUNT}},
        set(),
    ),
    "ASOF join": (
        "select w.person_id, i.base from {tax.wage} w asof join {human_resources.insurance} i "
        "on w.person_id = i.person_id and w.month >= i.month",
        {"person_id": {ID}, "base": {BASE}},
        {MONTH, THEIR_ID, THEIR_MONTH},
    ),
    "VALUES": (
        "select person_id, v.label from {tax.wage} w join (values ('1', 'one')) v(code, label) on v.code = w.firm",
        {"person_id": {ID}, "label": set()},
        {FIRM},
    ),
    "the input's key as a name, upper case, FROM first": (
        'from {tax.wage} select "tax.wage".person_id, {tax.wage}.AMOUNT as Paid',
        {"person_id": {ID}, "Paid": {AMOUNT}},
        set(),
    ),
    "subselect beside its neighbour": (
        "select w.person_id, y.more from {tax.wage} w, (select w.amount + 1 as more) y",
        {"person_id": {ID}, "more": {AMOUNT}},
        set(),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_output_comes_from_the_columns_that_its_expression_names(shape: str) -> None:
    sql, outputs, conditions = SHAPES[shape]
    found = derivation(sql, INPUTS)
    assert found.flaws == ()
    assert {name: set(items) for name, items in found.outputs.items()} == outputs
    assert found.conditions == conditions


@pytest.mark.parametrize(
    ("sql", "line", "said"),
    [
        ("select * from {tax.wage}", 1, "*"),
        ("select firm,\n w.* from {tax.wage} w", 2, "*"),
        ("select firm from (select * from {tax.wage})", 1, "*"),
        ("select columns('f.*') from {tax.wage}", 1, "COLUMNS"),
        ("select w from {tax.wage} w", 1, "the whole row w"),
        ("select to_json(w) as j from {tax.wage} w", 1, "the whole row w"),
        ("select person_id,\n wage\nfrom {tax.wage}", 2, "the column wage"),
        ("select firm from {tax.wage} where wage = 1", 1, "the column wage"),
        ("select w.wage from {tax.wage} w", 1, "the column w.wage"),
        ("select firm from {tax.wage} w join {tax.invoice} i on w.firm = i.firm", 1, "the column firm"),
        ("select invoiced from {tax.wage} natural join {tax.invoice}", 1, "JOIN"),
        ("select u.x from {tax.wage} w, unnest([w.amount]) as u(x)", 1, "UNNEST"),
        (
            "with recursive t as (select firm from {tax.wage} union all select firm from t) select firm from t",
            1,
            "WITH",
        ),
        ("select x from 'wages.parquet'", 1, 'the table "wages.parquet"'),
        ("select x from read_csv('wages.csv')", 1, "the table READ_CSV('wages.csv')"),
        ('select x from "tax.other"', 1, 'the table "tax.other"'),
        ("select amount + 1 from {tax.wage}", 1, "amount + 1"),
        ("select firm, month as firm from {tax.wage}", 1, "the output firm twice"),
        ("select firm from {tax.wage} union select firm, month from {tax.wage}", 1, "1 and 2 columns"),
        ("select firm from {tax.wage}; select 1 as x", 0, "2 statements"),
        ("drop table wages", 0, "no SELECT"),
        ("", 0, "no SELECT"),
        ("select 'abc", 0, "Error tokenizing"),
        ("select firm,\n from where {tax.wage}", 2, "Expected table name"),
    ],
)
def test_what_cannot_be_followed_column_by_column_is_refused_with_its_line(sql: str, line: int, said: str) -> None:
    found = derivation(sql, INPUTS)
    assert found.outputs == {}
    assert (found.flaws[0].line, found.flaws[0].found[: len(said)]) == (line, said)


HIDDEN: Mapping[str, str] = {
    "a flag where an outer join finds a filtered row": (
        "with s as (select person_id from {human_resources.insurance} where reason = '02') "
        "select w.person_id, s.person_id is not null as told from {tax.wage} w left join s on s.person_id = w.person_id"
    ),
    "the filter in the ON of the outer join": (
        "select w.person_id, s.person_id is not null as told from {tax.wage} w "
        "left join {human_resources.insurance} s on s.person_id = w.person_id and s.reason = '02'"
    ),
    "a constant in a branch of a UNION": (
        "select person_id, 1 as told from {human_resources.insurance} where reason = '02' "
        "union all select person_id, 0 from {human_resources.insurance} where reason <> '02'"
    ),
    "a filter two parts below, handed on by a join of keys": (
        "with s as (select person_id from {human_resources.insurance} where reason = '02'), "
        "t as (select w.person_id from {tax.wage} w join s on s.person_id = w.person_id) "
        "select i.firm, t.person_id as told from {tax.invoice} i left join t on t.person_id = i.firm"
    ),
    "a filter in a list that a part is chosen by": (
        "with t as (select person_id from {tax.wage} "
        "where person_id in (select person_id from {human_resources.insurance} where reason = '02')) "
        "select t.person_id as told from t"
    ),
    "a filter below EXISTS": (
        "select x.told from (select w.person_id as told from {tax.wage} w where exists "
        "(select 1 from {human_resources.insurance} i where i.person_id = w.person_id and i.reason = '02')) x"
    ),
    "HAVING": (
        "select x.told from (select person_id as told from {human_resources.insurance} group by person_id "
        "having max(reason) = '02') x"
    ),
    "QUALIFY": (
        "select x.told from (select person_id as told from {human_resources.insurance} "
        "qualify row_number() over (partition by firm order by reason) = 1) x"
    ),
    "an order that is cut": (
        "select x.told from (select person_id as told from {human_resources.insurance} order by reason limit 10) x"
    ),
    "a count of filtered rows": "select x.told from (select count(*) as told from {human_resources.insurance} "
    "where not (reason = '02' and base is not null)) x",
}
"""Ways of saying in a field what another column says."""


@pytest.mark.parametrize("way", HIDDEN)
def test_a_column_that_decides_whether_a_row_is_found_speaks_through_what_is_taken_from_there(way: str) -> None:
    made = derivation(HIDDEN[way], INPUTS)
    assert made.flaws == ()
    assert made.outputs["told"][REASON] is How.COMPUTED


def test_keys_that_are_set_equal_and_tests_for_null_say_nothing() -> None:
    sql = (
        "with paid as (select firm, count(*) as people from {tax.wage} where person_id is not null group by firm) "
        "select i.firm, p.people from {tax.invoice} i left join paid p on p.firm = i.firm"
    )
    assert derivation(sql, INPUTS).outputs["people"] == {}


def test_what_the_rows_of_the_whole_are_chosen_by_says_the_same_of_all() -> None:
    made = derivation("select person_id from {human_resources.insurance} where reason = '02'", INPUTS)
    assert (set(made.outputs["person_id"]), made.conditions) == ({THEIR_ID}, {REASON})


def test_parts_that_are_read_twice_at_every_step_are_followed_once() -> None:
    steps = ["p0 as (select firm, amount from {tax.wage} where month = '01')"]
    steps += [
        f"p{n} as (select a.firm, b.amount from p{n - 1} a join p{n - 1} b on a.firm = b.firm)" for n in range(1, 26)
    ]
    made = derivation(f"with {', '.join(steps)} select firm, amount from p25", INPUTS)
    assert set(made.outputs["amount"]) == {AMOUNT, MONTH}


def test_a_query_that_is_nested_too_deeply_is_told() -> None:
    [flaw] = derivation(f"select {'(' * 5000}1{')' * 5000} as one from {{tax.wage}}", INPUTS).flaws
    assert "too deeply" in flaw.found


def test_a_column_that_is_handed_on_is_told_from_one_that_is_computed_with() -> None:
    sql = "with t as (select firm as f, upper(month) as m from {tax.wage}) select f, m, cast(f as varchar) as c from t"
    outputs = derivation(sql, INPUTS).outputs
    assert outputs == {"f": {FIRM: How.DIRECT}, "m": {MONTH: How.COMPUTED}, "c": {FIRM: How.COMPUTED}}


WRAPPED = (
    "{0}",
    "coalesce({0}, '')",
    "max({0}) over (partition by 1)",
    "case when {0} = '1' then 1 else 0 end",
    "(select {0})",
    "exists (select 1 where {0} > '2')",
    "list_filter([{0}], x -> x > '2')",
    "count(*) filter (where {0} = '1') over ()",
    "'1' in (select firm from {{tax.invoice}} where firm > {0})",
)


@given(st.lists(st.tuples(st.sampled_from(INPUTS[WAGE]), st.sampled_from(WRAPPED)), min_size=1, max_size=4))
def test_however_a_column_is_wrapped_and_nested_it_is_seen(wanted: list[tuple[str, str]]) -> None:
    made = [f"{wrap.format(f'w.{column}')} as o{n}" for n, (column, wrap) in enumerate(wanted)]
    inner = f"with t as (select {', '.join(made)} from {{tax.wage}} w)"
    outer = f"select {', '.join(f's.o{n} as p{n}' for n in range(len(made)))} from (select t.* from t) s"
    found = derivation(f"{inner} {outer.replace('t.*', ', '.join(f'o{n}' for n in range(len(made))))}", INPUTS)
    assert found.flaws == ()
    for n, (column, _) in enumerate(wanted):
        assert (WAGE, column) in found.outputs[f"p{n}"]
