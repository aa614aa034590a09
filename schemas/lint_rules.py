"""All lint rules by name."""

from schemas import lint_catalogue, lint_dataset, lint_fields, lint_proposals, lint_together
from schemas.contract_lint import LintRule, TogetherRule
from schemas.dataset import Severity

_E, _W = Severity.ERROR, Severity.WARNING

RULES: tuple[LintRule, ...] = (
    LintRule("system-name", _W, lint_dataset.system_name),
    LintRule("no-english", _W, lint_dataset.no_english),
    LintRule("empty-description", _W, lint_dataset.empty_description),
    LintRule("no-purposes", _E, lint_dataset.no_purposes, ("yishu.sharing",)),
    LintRule("slow-schedule", _W, lint_dataset.slow_schedule, ("yishu.update_cycle",)),
    LintRule("merge-without-deletes", _W, lint_dataset.merge_without_deletes, ("yishu.source",)),
    LintRule("open-identifying", _E, lint_dataset.open_identifying, ("yishu.sharing", "yishu.subject")),
    LintRule("verify-without-key", _E, lint_dataset.verify_without_key, ("schema",)),
    LintRule("mode-without-format", _E, lint_dataset.mode_without_format, ("yishu.formats",)),
    LintRule("format-not-of-source", _W, lint_dataset.format_not_of_source, ("yishu.source",)),
    LintRule("unit-in-text", _W, lint_fields.unit_in_text),
    LintRule("number-as-text", _W, lint_fields.number_as_text),
    LintRule("element-not-declared", _W, lint_fields.element_not_declared),
    LintRule("person-unprotected", _E, lint_fields.person_unprotected, ("yishu.subject",)),
    LintRule("same-item-title", _W, lint_fields.same_item_title),
    LintRule("proposal-open", _W, lint_proposals.proposal_open),
    LintRule("contact-is-person", _E, lint_catalogue.contact_is_person, ("yishu.catalogue",)),
    LintRule("class-and-code", _E, lint_catalogue.class_and_code, ("yishu.catalogue", "yishu.catalogue_code")),
)
TOGETHER: tuple[TogetherRule, ...] = (
    TogetherRule("duplicate-title", _E, lint_together.duplicate_title),
    TogetherRule("provider-code", _E, lint_together.provider_code),
    TogetherRule("authority-twice", _W, lint_together.authority_twice),
)
