"""`/docs`: the API's OpenAPI document as a page of ours, with a sample for each path; nothing is fetched elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.page import render
from api.visitor import TheVisitor
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
    operations = list(_operations(request.app.openapi(), base))
    return render(request, visitor, "docs.html", operations=operations)


def _operations(document: Json, base: str) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, about in methods.items():
            parameters = tuple(_parameter(p) for p in about.get("parameters", ()))
            yield Operation(
                method.upper(), path, about.get("summary", ""), parameters, _sample(base, method, path, about)
            )


def _parameter(told: Json) -> Parameter:
    shape = told.get("schema", {})
    choices = shape.get("enum") or [v for part in shape.get("anyOf", ()) for v in part.get("enum", ())]
    return Parameter(told["name"], told["in"], told.get("description", ""), " | ".join(map(str, choices)))


def _sample(base: str, method: str, path: str, about: Json) -> str:
    url = base + path.replace("{key}", "credit.penalty").replace("{number}", "…")
    lines = [f"curl -X {method.upper()}" if method != "get" else "curl"]
    if path.startswith("/api/"):
        lines.append("-H 'Authorization: Bearer ys_…'")
    if "requestBody" in about:
        lines.append("-H 'Content-Type: application/json' -d '{…}'")
    return " ".join([*lines, f"'{url}'"])
