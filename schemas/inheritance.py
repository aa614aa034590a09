"""What a derived dataset inherits from its inputs: lineage, grade, masking, sharing class, purposes, consent.

Data do not become harmless by being joined. A field is graded, pointed and masked at least as the strictest input
column whose values go into it, unless its contract records an assessment. Columns that the rows of the whole
are only chosen or joined by do not count: what they say is the same of all rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from schemas.contract_lines import Way
from schemas.dataset import Dataset, Field, Identifying, Opening, Sharing
from schemas.derivation import Derivation, Item, derivation
from schemas.origin import How, Origin

POINTING = (Identifying.NONE, Identifying.QUASI, Identifying.SENSITIVE, Identifying.DIRECT)
"""From what points at nobody to what points at one."""
CLOSENESS = (Sharing.OPEN, Sharing.UNCONDITIONAL, Sharing.CONDITIONAL, Sharing.WITHHELD)
OPENNESS = (Opening.UNCONDITIONAL, Opening.CONDITIONAL, Opening.CLOSED)
SQL: Way = ("yishu.source", "options", "sql")
ASSESSED = "or a yishu.assessment {by, date, why} beside it"


@dataclass(frozen=True, slots=True)
class Breach:
    """What a derived contract promises and its inputs do not allow, at which of its words."""

    way: Way
    found: str
    expected: str
    line: int = 0
    """Line inside the query, from 1; 0 where the word as a whole is meant."""


def inherit(dataset: Dataset, inputs: Mapping[str, Dataset]) -> tuple[Dataset, tuple[Breach, ...]]:
    """The dataset with its origins, purposes and need of consent as its inputs give them, and what stands against it.

    `inputs` holds every dataset of `dataset.source.inputs`, with what it inherited itself.
    """
    columns = {key: [f.name for f in one.fields] for key, one in inputs.items()}
    made = derivation(str(dataset.source.options.get("sql", "")), columns)
    if made.flaws:
        return dataset, tuple(Breach(SQL, flaw.found, flaw.expected, flaw.line) for flaw in made.flaws)
    breaches = [
        *_names(dataset, made),
        *_purposes(dataset, inputs),
        *_sharing(dataset, inputs),
        *_opening(dataset, inputs),
    ]
    for field in dataset.fields:
        breaches += _field(field, _fed(made, field, inputs))
    consent = dataset.consent or (dataset.assessment is None and any(one.consent for one in inputs.values()))
    purposes = dataset.purposes or allowed_purposes(inputs) or ()
    return replace(dataset, origins=_origins(dataset, made), consent=consent, purposes=purposes), tuple(breaches)


def allowed_purposes(inputs: Mapping[str, Dataset]) -> tuple[str, ...] | None:
    """The purposes that all inputs have which state any, in the first one's order; None where none does."""
    stated = [one.purposes for one in inputs.values() if one.purposes]
    return tuple(word for word in stated[0] if all(word in other for other in stated)) if stated else None


def _origins(dataset: Dataset, made: Derivation) -> tuple[Origin, ...]:
    values = [
        Origin(field.name, *item, how)
        for field in dataset.fields
        for item, how in sorted(made.outputs.get(field.source_name, {}).items())
    ]
    return (*values, *(Origin("", *item, How.CONDITION) for item in sorted(made.conditions)))


def _fed(made: Derivation, field: Field, inputs: Mapping[str, Dataset]) -> Mapping[Item, Field]:
    return {item: inputs[item[0]].field(item[1]) for item in made.outputs.get(field.source_name, {})}


def _names(dataset: Dataset, made: Derivation) -> Iterator[Breach]:
    """The outputs of the query are the fields of the contract."""
    told = ", ".join(made.outputs)
    for field in dataset.fields:
        if field.source_name not in made.outputs:
            found = f"no output {field.source_name!r} in the query"
            yield Breach(("fields", field.name), found, f"one of its outputs: {told}")
    for name in made.outputs:
        if name not in {field.source_name for field in dataset.fields}:
            yield Breach(SQL, f"the output {name!r}", "an output for each field of the contract and no other")


def _field(field: Field, fed: Mapping[Item, Field]) -> Iterator[Breach]:
    """Grade, identifying kind, transform and withholding, each at least that of what goes into the field."""
    if field.assessment is not None or not fed:
        return
    grade = max(one.grade for one in fed.values())
    if field.grade < grade:
        from_ = {item: one.grade.word for item, one in fed.items() if one.grade > field.grade}
        yield _weaker(field, "grade", (field.grade.word, grade.word), from_)
    pointing = max(POINTING.index(one.identifying) for one in fed.values())
    if POINTING.index(field.identifying) < pointing:
        own = POINTING.index(field.identifying)
        pointed = {i: one.identifying.value for i, one in fed.items() if POINTING.index(one.identifying) > own}
        yield _weaker(field, "identifying", (field.identifying.value, POINTING[pointing].value), pointed)
    transform = max(one.transform for one in fed.values())
    if field.transform < transform:
        masked = {item: one.transform.word for item, one in fed.items() if one.transform > field.transform}
        yield _weaker(field, "transform", (field.transform.word, transform.word), masked)
    withheld = {item: "false" for item, one in fed.items() if not one.shareable}
    if field.shareable and withheld:
        yield _weaker(field, "shareable", ("true", "false"), withheld)


def _weaker(field: Field, word: str, told: tuple[str, str], stricter: Mapping[Item, str]) -> Breach:
    sources = ", ".join(f"{key}.{column} ({value})" for (key, column), value in sorted(stricter.items()))
    found = f"{told[0]} for {field.name}, which is made of {sources}"
    return Breach(("fields", field.name, f"yishu.{word}"), found, f"{told[1]} or stricter, {ASSESSED}")


def _sharing(dataset: Dataset, inputs: Mapping[str, Dataset]) -> Iterator[Breach]:
    """No more open than the strictest input, the ones that only choose rows included."""
    own = CLOSENESS.index(dataset.sharing)
    closer = {key: one.sharing for key, one in inputs.items() if CLOSENESS.index(one.sharing) > own}
    if closer and dataset.assessment is None:
        strictest = max(closer.values(), key=CLOSENESS.index)
        sources = ", ".join(f"{key} ({sharing.value})" for key, sharing in closer.items())
        found = f"{dataset.sharing.value}, made of {sources}"
        yield Breach(("yishu.sharing", "class"), found, f"{strictest.value} or stricter, {ASSESSED}")


def _opening(dataset: Dataset, inputs: Mapping[str, Dataset]) -> Iterator[Breach]:
    """No more open to the public than the input least so; nobody opens an input that does not say it is open."""
    if dataset.opening is None or dataset.assessment is not None:
        return
    own = OPENNESS.index(dataset.opening)
    closer = {key: opening_of(one) for key, one in inputs.items() if OPENNESS.index(opening_of(one)) > own}
    if closer:
        strictest = max(closer.values(), key=OPENNESS.index)
        sources = ", ".join(f"{key} ({opening.value})" for key, opening in closer.items())
        found = f"{dataset.opening.value}, made of {sources}"
        yield Breach(("yishu.open", "attribute"), found, f"{strictest.value} or stricter, {ASSESSED}")


def opening_of(dataset: Dataset) -> Opening:
    """Its open attribute; of a contract that does not say, open data are open without condition, others are closed."""
    unsaid = Opening.UNCONDITIONAL if dataset.sharing is Sharing.OPEN else Opening.CLOSED
    return dataset.opening or unsaid


def _purposes(dataset: Dataset, inputs: Mapping[str, Dataset]) -> Iterator[Breach]:
    """Only purposes that every input has; none of its own where the contract states none."""
    allowed = allowed_purposes(inputs)
    if allowed is None:
        return
    excess = [word for word in dataset.purposes if word not in allowed]
    if excess or not allowed:
        shared = f"some of {', '.join(allowed)}" if allowed else "inputs that have a purpose in common"
        lacking = [
            k for k, one in inputs.items() if one.purposes and not set(excess or one.purposes) <= set(one.purposes)
        ]
        found = f"{', '.join(excess) or 'no purpose'}, not a purpose of {', '.join(lacking) or ', '.join(inputs)}"
        yield Breach(("yishu.purposes",), found, shared)
