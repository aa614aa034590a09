"""`/docs`: the API's OpenAPI document as a page of ours, with a sample for each path; nothing is fetched elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.language import CHINESE
from api.page import render
from api.visitor import TheVisitor
from api.words import WORDS, say
from schemas.dataset import Json

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as the page shows it."""

    name: str
    where: str
    meaning: str
    values: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    summary: str
    parameters: tuple[Parameter, ...]
    sample: str


@router.get("/docs")
def show_docs(request: Request, visitor: TheVisitor) -> Response:
    """Every path with its parameters and a sample."""
    base = f"{request.url.scheme}://{request.url.netloc}"
    operations = list(_operations(request.app.openapi(), base, visitor.lang))
    return render(request, visitor, "docs.html", operations=operations)


def _operations(document: Json, base: str, lang: str) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            parameters = tuple(_parameter(p, lang) for p in about.get("parameters", ()))
            yield Operation(
                method.upper(),
                path,
                _said(lang, f"op_{about['operationId']}", about.get("summary", "")),
                parameters,
                _sample(base, method, path, about),
            )


def _parameter(told: Json, lang: str) -> Parameter:
    meaning = _said(lang, f"param_{told['name']}", told.get("description", ""))
    return Parameter(told["name"], told["in"], meaning, " | ".join(map(str, told.get("schema", {}).get("enum", ()))))


def _said(lang: str, key: str, english: str) -> str:
    """The text of the table where it has one, else what the OpenAPI document says."""
    return say(lang, key) if key in WORDS and lang == CHINESE else english


def _sample(base: str, method: str, path: str, about: Json) -> str:
    url = base + path.replace("{key}", "credit.penalty").replace("{number}", "…")
    lines = [f"curl -X {method.upper()}" if method != "get" else "curl"]
    if path.startswith("/api/"):
        lines.append("-H 'Authorization: Bearer ys_…'")
    if "requestBody" in about:
        lines.append("-H 'Content-Type: application/json' -d '{…}'")
    return " ".join([*lines, f"'{url}'"])
