"""Runs inside the environment of rdflib and pyshacl: reads documents, holds them against shapes, prints JSON.

Standard input: {"documents": {format: text}, "shapes": [files], "without": [[class, predicate], …]}. The answer says
whether all documents are the same graph, what the shapes say of it, and what they say once a predicate is taken away
from one thing of a class.
"""

import json
import sys

import pyshacl  # type: ignore[import-not-found]
from rdflib import RDF, SH, Graph, URIRef  # type: ignore[import-not-found]
from rdflib.compare import isomorphic  # type: ignore[import-not-found]


def main() -> None:
    """One question on standard input, one answer on standard output."""
    asked = json.load(sys.stdin)
    graphs = [Graph().parse(data=text, format=form) for form, text in asked["documents"].items()]
    shapes = Graph()
    for file in asked["shapes"]:
        shapes.parse(file)
    for statement in [
        one for one in shapes.triples((None, SH.property, None)) if (one[2], SH.path, None) not in shapes
    ]:
        shapes.remove(statement)  # five of the official references lead to no shape at all
    print(
        json.dumps(
            {
                "triples": len(graphs[0]),
                "same": all(isomorphic(graphs[0], other) for other in graphs[1:]),
                "violations": violations(graphs[0], shapes),
                "without": [
                    violations(lacking(graphs[0], *map(URIRef, pair)), shapes) for pair in asked.get("without", [])
                ],
            }
        )
    )


def lacking(graph: Graph, kind: URIRef, predicate: URIRef) -> Graph:
    """The graph without one predicate of one thing of that class; it must have been there."""
    subject = sorted(s for s in graph.subjects(RDF.type, kind) if (s, predicate, None) in graph)[0]
    less = Graph()
    for statement in graph:
        if statement[:2] != (subject, predicate):
            less.add(statement)
    return less


def violations(graph: Graph, shapes: Graph) -> list[list[str]]:
    """What is wrong: path and shape of each violation."""
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes, inference="none", allow_infos=True, allow_warnings=True)
    found = []
    for result in report.subjects(RDF.type, SH.ValidationResult):
        if report.value(result, SH.resultSeverity) == SH.Violation:
            told = (report.value(result, one) for one in (SH.resultPath, SH.focusNode, SH.resultMessage))
            found.append([str(one) for one in told])
    return sorted(found)


if __name__ == "__main__":
    main()
