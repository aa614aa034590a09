"""Faults planted in the access rule's own text: the table or the second decider must notice every one of them."""

# ruff: noqa: E501 - a list of faults is read across: one fault, one line

import builtins
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

import catalog
from tests.catalog.access_asks import every_twist
from tests.catalog.test_access_properties import ROWS, by_the_page
from tests.catalog.test_access_table import CASES, Decide, answer, differences
from tests.oracle.cells import Scene
from tests.oracle.served import Cells, served
from tests.oracle.world import TREE

ROOM = Path(catalog.__file__).parent
FILES = (
    "rule.ceilings", "rule.words", "rule.basis", "rule.columns", "rule.consent", "filters.expression", "rule.rows", "rule.reasons",
    "rule.gates", "rule.explain", "access",
)  # fmt: skip
"""The files of the rule, each after those that it imports."""


@dataclass(frozen=True)
class Fault:
    """`old` in one file of the rule becomes `new`."""

    name: str
    file: str
    old: str
    new: str


FAULTS = [
    # Who asks, and for what is published
    Fault("a revoked credential passes", "rule.gates", "if not asker.credential_active:", "if False:"),
    Fault("a closed organisation passes", "rule.gates", "if not asker.organisation_active or", "if"),
    Fault("an unpublished dataset is served", "rule.gates", "if not matter.standing.published or", "if"),
    Fault("version 0 is served", "rule.gates", "matter.standing.version < 1", "matter.standing.version < 0"),
    Fault("a held-back version is served", "rule.gates", "if matter.standing.held_back:", "if False:"),
    Fault("another dataset's ask is answered", "rule.gates", "if matter.ask.dataset != matter.dataset.key:", "if False:"),
    # Sharing class and basis
    Fault("withheld data by grant or return", "rule.gates", "matter.dataset.sharing is Sharing.WITHHELD or ", ""),
    Fault("open basis on closed data", "rule.gates", " or matter.basis is Basis.OPEN\n", "\n"),
    Fault("anybody is the owner", "rule.basis", " and subject.organisation == dataset.owner", ""),
    Fault("owning is not checked", "rule.gates", "not owns(matter.ask.subject, matter.dataset):", "False:"),
    Fault("a grant number beside another basis", "rule.gates", "if matter.ask.grant and matter.basis is not Basis.GRANT:", "if False:"),
    Fault("the first of several grants is taken", "rule.basis", "fit[0] if len(fit) == 1 else None", "fit[0] if fit else None"),
    Fault("the named grant is not the one used", "rule.basis", "if g.number == ask.grant)", "if g.number)"),
    Fault("anybody's grants count", "rule.basis", "if g.organisation == subject.organisation", "if g.organisation"),
    Fault("grants of other datasets count", "rule.basis", "        and g.dataset == dataset.key\n", ""),
    Fault("grants of other systems count", "rule.basis", "not g.systems or subject.system in g.systems", "True"),
    Fault("the public has grants", "rule.basis", "if subject.public or not subject.organisation:", "if False:"),
    Fault("the owner of open data gets all unasked", "rule.basis", "    if dataset.sharing is Sharing.OPEN:\n        return Basis.OPEN\n    return Basis.OWNER", "    return Basis.OPEN if dataset.sharing is Sharing.OPEN and not owns(ask.subject, dataset) else Basis.OWNER"),
    # Return
    Fault("return is not checked", "rule.gates", "not may_return(matter):", "False:"),
    Fault("return to an equal", "rule.basis", " and not within(above, below, matter.at)", ""),
    Fault("return to a superior", "rule.basis", "return within(below, above, matter.at) and not within(above, below, matter.at)", "return below != above"),
    Fault("return by prefix of digits", "rule.basis", "return within(below, above, matter.at) and", "return below.startswith(above.rstrip('0')) and"),
    Fault("return to a province", "rule.basis", " or subject.tier < Tier.CITY", ""),
    Fault("return to outsiders", "rule.basis", "if not subject.government or ", "if "),
    Fault("return of every row", "rule.rows", '(own,) if own else ())', "None)"),
    Fault("return on another column", "rule.rows", '.get(ScopeRole.COLLECTED_BY, "")', '.get(ScopeRole.HOUSEHOLD, "")'),
    Fault("return without its purpose", "rule.gates", "not said and matter.basis is not Basis.RETURN", "not said"),
    # Figures for superiors
    Fault("anybody is superior", "rule.gates", "not is_superior(matter):", "False:"),
    Fault("an equal is superior", "rule.basis", "return _strictly_below(matter, matter.dataset.division, subject.division)", "return True"),
    Fault("a company is superior", "rule.basis", "subject.public or not subject.government or subject.tier > Tier.TOWN", "subject.public or subject.tier > Tier.TOWN"),
    Fault("a superior has rows", "rule.basis", "return entitled and mode is Mode.AGGREGATE", "return entitled"),
    Fault("grants have figures", "rule.basis", "matter.basis in (Basis.OWNER, Basis.SUPERIOR) and", ""),
    Fault("figures for no purpose", "rule.gates", "        fits = said in OF_GRANTS\n", "        fits = True\n"),
    Fault("figures of every place", "rule.rows", "return Land(column, (own,) if own and column else ())", "return Land(column, None)"),
    Fault("figures of who somebody is", "rule.columns", "field.identifying is Identifying.NONE and", ""),
    Fault("figures of masked items", "rule.columns", " and field.transform is Transform.CLEAR", ""),
    Fault("figures want a consent", "rule.consent", "Basis.RETURN, Basis.SUPERIOR}", "Basis.RETURN}"),
    # Purpose, mode, term
    Fault("any purpose of the list", "rule.gates", "said == matter.grant.purpose and ", ""),
    Fault("a purpose outside the list", "rule.gates", " and said in OF_GRANTS", ""),
    Fault("own duty opens open data", "rule.gates", "RESERVED.get(said) is matter.basis", "said in RESERVED"),
    Fault("any mode", "rule.basis", "matter.grant is None or mode in matter.grant.modes", "True"),
    Fault("villages take bulk", "rule.basis", "return granted and mode in TIER_MODES[matter.ask.subject.tier]", "return granted"),
    Fault("open data in every mode", "rule.basis", "return mode in matter.dataset.modes", "return True"),
    Fault("good until after its end", "rule.basis", "<= ask.moment < grant.end", "<= ask.moment <= grant.end"),
    Fault("good only after its start", "rule.basis", "grant.start <= ask.moment", "grant.start < ask.moment"),
    Fault("good before its start", "rule.basis", "grant.start <= ask.moment <", "ask.moment <"),
    Fault("suspended is good enough", "rule.basis", "grant.state is GrantState.ACTIVE", "grant.state is not GrantState.REVOKED"),
    Fault("one read too many", "rule.basis", "grant.quota >= ask.reads", "grant.quota >= 0"),
    Fault("many reads count as one", "rule.basis", "grant.quota >= ask.reads", "grant.quota >= 1"),
    # Grade and columns
    Fault("clearance is not looked at", "rule.columns", "min(subject.clearance, most)", "most"),
    Fault("the higher of clearance and ceiling", "rule.columns", "min(subject.clearance, most)", "max(subject.clearance, most)"),
    Fault("open data of every grade", "rule.columns", "OPEN_CEILING if matter.basis is Basis.OPEN else ", ""),
    Fault("the grade is exclusive", "rule.columns", "field.grade > highest", "field.grade >= highest"),
    Fault("important data as a file", "rule.ceilings", " and mode is not Mode.FILE", ""),
    Fault("important data to counties", "rule.ceilings", "tier <= Tier.CITY and", "tier <= Tier.COUNTY and"),
    Fault("core for the cleared", "rule.ceilings", "return Grade.IMPORTANT", "return Grade.CORE"),
    Fault("withheld items leave", "rule.columns", "if not field.shareable:", "if False:"),
    Fault("ungranted items leave", "rule.columns", "grant.columns and field.name not in grant.columns", "False"),
    Fault("unasked items leave", "rule.columns", "c if c.name in wanted else", "c if wanted else"),
    Fault("owners get masks", "rule.columns", "UNRESTRICTED = frozenset({Basis.OWNER, Basis.RETURN})", "UNRESTRICTED = frozenset({Basis.RETURN})"),
    Fault("a grant loosens a default", "rule.columns", "if granted > transform:", "if field.name in grant.transforms:"),
    Fault("a grant's transform is forgotten", "rule.columns", "if granted > transform:", "if False:"),
    Fault("the tier's transform is forgotten", "rule.columns", "if of_tier > transform:", "if False:"),
    Fault("the tier's transform loosens", "rule.columns", "if of_tier > transform:", "if of_tier:"),
    Fault("villages see phones", "rule.ceilings", " or field.element in PHONES", ""),
    Fault("towns see ids in bulk", "rule.ceilings", "if tier is Tier.TOWN and mode in WHOLESALE", "if tier is Tier.TOWN and mode is Mode.FILE"),
    Fault("filters on masked items", "rule.gates", "if c.transform is Transform.CLEAR}", "if c.transform is not Transform.DROP}"),
    Fault("filters on any item", "rule.gates", "names <= {", "names or {"),
    Fault("compares any item", "rule.gates", "frozenset(matter.ask.compared or ())", "frozenset()"),
    # Rows
    Fault("counties are not clipped", "rule.rows", "matter.ask.subject.tier >= Tier.COUNTY", "matter.ask.subject.tier > Tier.COUNTY"),
    Fault("deltas are not clipped", "rule.ceilings", "{Mode.BULK, Mode.DELTA, Mode.FILE}", "{Mode.BULK, Mode.FILE}"),
    Fault("files are not clipped", "rule.ceilings", "{Mode.BULK, Mode.DELTA, Mode.FILE}", "{Mode.BULK, Mode.DELTA}"),
    Fault("open data are clipped", "rule.rows", "matter.basis is Basis.GRANT and matter.ask.mode in", "matter.ask.mode in"),
    Fault("the asked division is forgotten", "rule.rows", "        limits.append(asked)\n", ""),
    Fault("the asked division replaces the granted", "rule.rows", "(limit,) if divisions is None else _meet", "(limit,) if True else _meet"),
    Fault("divisions are joined, not met", "rule.rows", "return tuple(d for d in met if d)", "return (*divisions, *(d for d in met if d))"),
    Fault("an unknown division is ignored", "rule.rows", "return (), DIVISION_UNKNOWN", "return (), ''"),
    Fault("the grant's column is forgotten", "rule.rows", '        return Land(column, tuple(c for c in codes if c) if column else ())', '        return Land(_default_column(matter.dataset), tuple(c for c in codes if c))'),
    Fault("no divisions mean everything", "rule.rows", '_widest(matter, divisions), "" if divisions else NO_ROWS_IN_SCOPE)', '_widest(matter, divisions))'),
    Fault("people without a place in bulk", "rule.rows", "not (clipped(matter) and matter.dataset.subject_kind)", "True"),
    Fault("the narrower of two granted divisions", "rule.rows", "        if not any(matter.tree.within(one, k, matter.at) for k in kept):\n", "        if True:\n"),
    Fault("the wider of two subtrees", "rule.rows", "matter.tree.meet(d, limit, matter.at) for d in divisions", "(d if matter.tree.meet(d, limit, matter.at) else None) for d in divisions"),
    Fault("divisions by prefix of digits", "rule.rows", "matter.tree.meet(d, limit, matter.at) for d in divisions", "(max(d, limit, key=lambda c: len(c.rstrip('0'))) if d.startswith(limit.rstrip('0')) or limit.startswith(d.rstrip('0')) else None) for d in divisions"),
    Fault("the grant's row filter is forgotten", "rule.rows", "both(row_filter, matter.ask.filter)", "matter.ask.filter"),
    Fault("the ask's filter is forgotten", "rule.rows", "both(row_filter, matter.ask.filter)", "row_filter"),
    # Consent, verify, smallest group
    Fault("consent is not asked", "rule.consent", "matter.dataset.consent and", "False and"),
    Fault("consent for any purpose", "rule.consent", " and one.purpose == purpose_of(matter)", ""),
    Fault("consent for any organisation", "rule.consent", "one.organisation == ask.subject.organisation and ", ""),
    Fault("consent without an end", "rule.consent", " and ask.moment < one.until", ""),
    Fault("consent before it begins", "rule.consent", " and (one.since is None or one.since <= ask.moment)", ""),
    Fault("consent for another dataset", "rule.consent", "return ours and here and", "return ours and"),
    Fault("a roster of others", "rule.consent", "if (told.organisation, told.dataset, told.purpose) != ours or", "if"),
    Fault("a roster of nobody", "rule.consent", " or told.persons < 1", ""),
    Fault("a roster that has run out", "rule.consent", "return told if now else None", "return told"),
    Fault("a roster is everybody", "rule.rows", 'roster=roster.mark if roster else ""', 'roster=""'),
    Fault("verify by the primary key beside a subject key", "rule.rows", "names, key = matter.dataset.subject_fields", "names, key = matter.dataset.key_fields"),
    Fault("verify of whoever has this record number", "rule.rows", "        return matter.dataset.subject_fields", "        return matter.dataset.key_fields"),
    Fault("verify of somebody without consent", "rule.consent", "for n in person_columns(matter.dataset)) in keys", "for n in person_columns(matter.dataset)) is not None"),
    Fault("verify without a case", "rule.rows", "bool(matter.ask.case.strip()) and", ""),
    Fault("verify by part of the key", "rule.rows", "set(key) == set(names)", "set(key) <= set(names)"),
    Fault("verify returns everybody", "rule.rows", "if matter.ask.mode is Mode.VERIFY:\n        return (subject_key", "if False:\n        return (subject_key"),
    Fault("open data of people with k unknown", "rule.gates", "(k is None or k < SMALLEST_GROUP)", "(k is not None and k < SMALLEST_GROUP)"),
    Fault("a group of four", "rule.ceilings", "SMALLEST_GROUP = 5", "SMALLEST_GROUP = 4"),
    Fault("linkage is not guarded", "rule.gates", "k is not None and k < SMALLEST_GROUP:", "False:"),
    # What a refusal carries
    Fault("a refusal tells the version", "access", "matter.grant else \"\",\n        version=0", "matter.grant else \"\",\n        version=matter.standing.version"),
    Fault("a refusal at a late gate is an answer", "access", "if not all(one.passed for one in seen):", "if not any(one.passed for one in seen):"),
]  # fmt: skip


def planted(fault: Fault | None) -> Decide:
    """`decide` made anew from the files' text, with one fault in it; the real modules are not touched."""
    family: dict[str, ModuleType] = {}

    def find(name: str, *rest: Any, **more: Any) -> Any:
        if name == "catalog.rule":
            return SimpleNamespace(**{n.rpartition(".")[2]: m for n, m in family.items()})
        return family[name] if name in family else builtins.__import__(name, *rest, **more)

    for file in FILES:
        module = ModuleType(f"catalog.{file}")
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": find}
        exec(compile(text_of(file, fault), f"{file}.py", "exec"), module.__dict__)
        family[f"catalog.{file}"] = module
    rule: Decide = family["catalog.access"].__dict__["decide"]
    return rule


def text_of(file: str, fault: Fault | None) -> str:
    text = (ROOM / f"{file.replace('.', '/')}.py").read_text(encoding="utf-8")
    if fault is None or fault.file != file:
        return text
    assert text.count(fault.old) == 1, f"{fault.name}: the text to be replaced stands {text.count(fault.old)} times"
    return text.replace(fault.old, fault.new)


def table_notices(rule: Decide) -> bool:
    return any(differences(case, answer(case, rule)) for case in CASES)


def decider_notices(rule: Decide, expected: list[tuple[Scene, Cells]]) -> bool:
    for scene, cells in expected:
        found = rule(scene.ask, scene.dataset, scene.grants, scene.standing, TREE, scene.consents)
        if served(found, ROWS[scene.dataset.key], TREE, scene.crowd) != cells:
            return True
    return False


@pytest.fixture(scope="module")
def expected() -> list[tuple[Scene, Cells]]:
    """Every plain situation with every single twist, and what the second decider lets out of it."""
    return [(scene, by_the_page(scene)) for scene in every_twist()]


def test_without_a_fault_nobody_notices_anything(expected: list[tuple[Scene, Cells]]) -> None:
    rule = planted(None)
    assert not table_notices(rule)
    assert not decider_notices(rule, expected)


@pytest.mark.parametrize("fault", FAULTS, ids=[f.name for f in FAULTS])
def test_a_planted_fault_is_noticed(fault: Fault, expected: list[tuple[Scene, Cells]]) -> None:
    rule = planted(fault)
    assert table_notices(rule) or decider_notices(rule, expected)


def test_both_instruments_notice_most_faults_alone(expected: list[tuple[Scene, Cells]]) -> None:
    rules = {fault.name: planted(fault) for fault in FAULTS}
    by_table = {name for name, rule in rules.items() if table_notices(rule)}
    by_decider = {name for name, rule in rules.items() if decider_notices(rule, expected)}
    assert len(by_table) >= len(FAULTS) * 0.9, sorted(set(rules) - by_table)
    assert len(by_decider) >= len(FAULTS) * 0.7, sorted(set(rules) - by_decider)
