"""The pages as Great Expectations' own site builder makes them, out of results that were kept."""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

# Importing it registers our expectations, which the pages are asked to describe.
from quality import suite as _suite  # noqa: F401
from schemas.journey import SHANGHAI, Verdict

SITE = "docs"
Result = Mapping[str, Any]


def build(out: Path, verdict: Verdict, results: Sequence[Result]) -> None:
    """One page of results and one of the rules into the folder; an index would be a script's work."""
    context = _context(out)
    found = [_result(one) for one in results]
    _enter_rules(context, verdict.dataset, found)
    _enter_results(context, verdict, found)
    context.build_data_docs(site_names=[SITE], build_index=False)


def _context(out: Path) -> EphemeralDataContext:
    """In memory, with a site in the folder; no progress bars, no network."""
    site = {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(out)},
    }
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
        data_docs_sites={SITE: site},
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _result(said: Result) -> ExpectationValidationResult:
    """As the library gave it; described by what the contract promises, the rule's name, and the expectation's."""
    config = dict(said["expectation_config"])
    meta = config.get("meta") or {}
    told = " · ".join(filter(None, (config.get("description"), meta.get("rule"), config["type"])))
    config["description"] = escape(told)  # the library puts it into its pages as it stands
    return ExpectationValidationResult(
        success=said["success"],
        expectation_config=ExpectationConfiguration(**config),
        result=dict(said["result"]),
        meta={},
        exception_info={"raised_exception": False, "exception_message": None, "exception_traceback": None},
    )


def _enter_rules(context: EphemeralDataContext, key: str, found: Sequence[ExpectationValidationResult]) -> None:
    suite = gx.ExpectationSuite(name=key)
    suite.expectations = [one.expectation_config.to_domain_obj() for one in found if one.expectation_config]
    for one in suite.expectations:
        one.id = None  # the store gives its own and refuses others
    context.suites.add(suite)


def _enter_results(
    context: EphemeralDataContext, verdict: Verdict, found: Sequence[ExpectationValidationResult]
) -> None:
    window = verdict.window.key
    run = RunIdentifier(run_name=window, run_time=verdict.checked_at.astimezone(SHANGHAI))
    kept = sum(bool(one.success) for one in found)
    whole = ExpectationSuiteValidationResult(
        success=kept == len(found),
        results=list(found),
        suite_name=verdict.dataset,
        suite_parameters={},
        statistics={
            "evaluated_expectations": len(found),
            "successful_expectations": kept,
            "unsuccessful_expectations": len(found) - kept,
            "success_percent": 100 * kept / len(found) if found else None,
        },
        meta={
            "run_id": run,
            "great_expectations_version": gx.__version__,
            "batch_spec": {},
            "batch_markers": {},
            "active_batch_definition": {"data_asset_name": verdict.dataset, "batch_identifiers": {"window": window}},
        },
    )
    suite = ExpectationSuiteIdentifier(name=verdict.dataset)
    key = ValidationResultIdentifier(expectation_suite_identifier=suite, run_id=run, batch_identifier=window)
    context.validation_results_store.set(key, whole)
