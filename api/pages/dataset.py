"""`/datasets/{key}`: what a dataset is, how good it is, and what of it this visitor sees, field by field."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.column_lineage import title_of
from api.dcat.negotiation import form_of
from api.desk import Desk, TheDesk
from api.figures import Views, view_on_record
from api.language import pick
from api.measured import counted_for
from api.once import figures
from api.page import link, render
from api.pages.asking import Asking, asking, choices
from api.pages.figures import figures_shown
from api.pages.lineage import title_of as node_title
from api.pages.profile import profile_shown
from api.pages.quality import in_time
from api.pages.versions import merged_versions, versions_shown
from api.profiled import Told, told
from api.shown import dataset_facts, field_facts
from api.sight import find
from api.snippets import curl, python
from api.visitor import TheVisitor, Visitor
from api.words import WORDS, say
from catalog.collection import once
from catalog.duties import active
from catalog.inbox import desk as inbox
from catalog.lineage.walk import Node
from catalog.sheet import Sheet
from schemas.access import Decision, GrantState
from schemas.dataset import Dataset, FieldType, Json, Kind, Sharing
from schemas.standards.elements import find_element

router = APIRouter(include_in_schema=False)


@router.get("/datasets/{key}")
def show_dataset(key: str, request: Request, visitor: TheVisitor, desk: TheDesk) -> Response:
    """The page of one dataset; who asks for RDF is shown the way to it."""
    if form := form_of(request):
        return RedirectResponse(f"/datasets/{quote(key)}.{form}", 303, {"Vary": "Accept"})
    dataset = find(desk, visitor.subject, key)
    sheet, lang = desk.shelf.catalogue.sheet(dataset, visitor.subject), visitor.lang
    found = asking(request, desk, visitor, dataset, sheet.grants)
    profile = told(desk.shelf, dataset, found.decision)
    merges = merged_versions(sheet) if counted_for(found.decision, dataset) else ()
    receipt = _on_record(desk, request.app.state.views, visitor, sheet, (found.decision, profile))
    facts: dict[str, Json] = {
        "receipt": receipt,
        "it": dataset_facts(dataset, lang),
        "place": desk.shelf.tree().name(dataset.division),
        "once": figures(once.of_dataset(desk.shelf, dataset.key)),
        "cycle": cycle(dataset.update_cycle, lang),
        **in_time(sheet, visitor),
        "fields": views(dataset, found.decision, lang),
        "allowed": found.decision.allowed,
        "may_request": _may_request(visitor, dataset, found),
        "inbox": inbox.side(visitor.subject, dataset) is not None,
        "said": _said(found, lang),
        "curl": curl(str(request.base_url), dataset, found),
        "python": python(str(request.base_url), dataset, found),
    }
    parts = (
        choices(found, lang),
        versions_shown(desk, sheet, merges),
        _quality(found.decision, sheet, lang),
        profile_shown(profile, dataset, lang),
        figures_shown(request, desk, visitor, dataset),
        _lineage(sheet, lang),
    )
    for part in parts:
        facts |= part
    answer = render(request, visitor, "dataset.html", **facts)
    if receipt:
        answer.headers["Yishu-Receipt"] = receipt
    return answer


def _may_request(visitor: Visitor, dataset: Dataset, found: Asking) -> bool:
    """Whether a request makes sense: shared data of others that the visitor's organisation has no grant on yet."""
    subject = visitor.subject
    shared = dataset.sharing in (Sharing.CONDITIONAL, Sharing.UNCONDITIONAL)
    mine = subject.organisation == dataset.owner
    asks = subject.government and active(subject) and not mine
    return shared and asks and not any(one.state is GrantState.ACTIVE for one in found.grants)


def _on_record(desk: Desk, views: Views, visitor: Visitor, sheet: Sheet, told: tuple[Decision, Told]) -> str:
    """Number of this view's receipt; empty where the page shows no figure about rows."""
    figures: dict[str, Json] = {}
    (decision, profile), last = told, next(iter(sheet.versions), None)
    if profile.version is not None:
        figures |= {"profile": profile.version, "of": [one.name for one in profile.columns]}
    if last is not None and counted_for(decision, sheet.dataset):
        figures["quality"] = last.number
        if merges := merged_versions(sheet):
            figures["merged"] = list(merges)
    session = visitor.session.token if visitor.session else ""
    return view_on_record(desk, views, decision, figures, session) if figures else ""


def views(dataset: Dataset, decision: Decision, lang: str) -> list[dict[str, Json]]:
    """Every field with what this visitor sees of it; a refused one sees nothing."""
    seen = {c.name: c for c in decision.columns} if decision.allowed else {}
    found = []
    for one in dataset.fields:
        view = seen.get(one.name)
        told = {"view": view.transform.word if view else "drop", "reason": view.reason if view else ""}
        grade = {"grade": say(lang, f"grade_{one.grade.word}"), "type_said": type_said(one.type, lang)}
        grade["element_title"] = element_title(one.element, lang)
        found.append(field_facts(one, lang) | grade | told)
    return found


def element_title(id: str | None, lang: str) -> str:
    """Name of a field's data element; its id where the standard has none of it (any more)."""
    known = find_element(id) if id else None
    return pick(lang, known.title, known.title_en) if known else id or ""


def type_said(of: FieldType, lang: str) -> str:
    """A field's type in words, with the digits of a decimal."""
    digits = f"({of.precision},{of.scale})" if of.kind is Kind.DECIMAL else ""
    return say(lang, f"type_{of.kind.value}") + digits


def cycle(told: str, lang: str) -> str:
    """An update cycle in words where it is a usual one."""
    return say(lang, f"cycle_{told}") if f"cycle_{told}" in WORDS else told


def _said(found: Asking, lang: str) -> str:
    decision = found.decision
    if decision.allowed:
        return say(lang, f"basis_{decision.basis.value}") if decision.basis else ""
    refused = next((g for g in decision.gates if not g.passed), None)
    return pick(lang, refused.said, refused.said_en) if refused else decision.code


def _quality(decision: Decision, sheet: Sheet, lang: str) -> Mapping[str, Json]:
    return {
        "counts": counted_for(decision, sheet.dataset),
        "findings": [
            {
                "title": pick(lang, one.title, one.title_en) or one.rule,
                "rule": one.rule,
                "dimension": one.dimension.value,
                "severity": one.severity.value,
                "checked": f"{one.checked:,}",
                "failed": f"{one.failed:,}",
                "success": one.success,
            }
            for one in sheet.findings
        ],
    }


def _lineage(sheet: Sheet, lang: str) -> Mapping[str, Json]:
    """What it is made of and goes into, one step far; the whole of it has a page of its own."""
    near = [one for one in sheet.near if one.kind in ("dataset", "source", "foreign")]
    return {
        "above": [_neighbour(one, lang) for one in near if one.depth < 0],
        "below": [_neighbour(one, lang) for one in near if one.depth > 0],
        "origins": _origins(sheet, lang),
    }


def _origins(sheet: Sheet, lang: str) -> list[Mapping[str, str]]:
    """Each column that goes into a field of this dataset, in the order of its fields; conditions come last."""
    places = {field.name: place for place, field in enumerate(sheet.dataset.fields)}
    return [
        {
            "field": pick(lang, *title_of(sheet.dataset, one.field)) if one.field else say(lang, "all_rows"),
            "column": pick(lang, one.column_title, one.column_title_en),
            "dataset": pick(lang, one.dataset_title, one.dataset_title_en),
            "href": link(lang, f"/datasets/{one.dataset}"),
            "how": say(lang, f"how_{one.how.value}"),
        }
        for one in sorted(sheet.made, key=lambda made: places.get(made.field, len(places)))
    ]


def _neighbour(node: Node, lang: str) -> Mapping[str, str]:
    """A dataset that the visitor may know of, or the plain words for a source; names of systems stay inside."""
    href = link(lang, f"/datasets/{node.name}") if node.kind == "dataset" else ""
    return {"title": node_title(node, lang), "href": href}
