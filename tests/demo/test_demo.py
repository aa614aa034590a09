"""The demo shows what it should: every planted fault is found, and every question is answered rightly."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from catalog.organisations import authority_of
from demo import civil_affairs
from demo.asking import Asker
from demo.question import Question
from demo.questions import ask_questions
from demo.report import DatasetReport, Report, as_json, report_on, wrong
from demo.report_text import as_text
from demo.seed import seed
from tests.demo.conftest import NOW, Played


@pytest.fixture(scope="module")
def asker(played: Played) -> Iterator[Asker]:
    with TestClient(create_app(played.shelf, played.settings, lambda: NOW)) as client:
        yield Asker(client, played.credentials)


@pytest.fixture(scope="module")
def questions(played: Played, asker: Asker) -> tuple[Question, ...]:
    return ask_questions(asker, played.city, played.shelf.receipts.verify)


def reports(played: Played) -> tuple[DatasetReport, ...]:
    return tuple(
        report_on(dataset, played.shelf.runs(key, 100), played.city.whole(key))
        for key, dataset in played.datasets.items()
    )


def test_exactly_the_planted_faults_are_found(played: Played) -> None:
    for report in reports(played):
        assert report.found == report.expected, report.dataset.key
        assert report.balanced


def test_every_question_is_answered_rightly(questions: tuple[Question, ...]) -> None:
    assert [(one.question_en, one.expected, one.found) for one in questions if not one.right] == []
    assert len(questions) >= 18


def test_a_difference_of_one_row_fails_the_demo(played: Played, questions: tuple[Question, ...]) -> None:
    sound = Report(reports(played), questions, {"run the DAGs": 1.0})
    assert sound.right
    first = sound.datasets[0]
    off = replace(first, found=replace(first.found, duplicates=first.found.duplicates + 1))
    broken = replace(sound, datasets=(off, *sound.datasets[1:]))
    assert not broken.right
    assert first.dataset.key in wrong(broken)[0]


@dataclass(frozen=True)
class Told:
    """A run as Airflow's database tells it."""

    dag: str
    run: str
    partition: str
    state: str


@pytest.mark.parametrize(("states", "right"), [(("success",), True), (("failed",), False), ((), False)])
def test_a_run_that_airflow_does_not_know_as_a_success_fails_the_demo(
    played: Played, states: tuple[str, ...], right: bool
) -> None:
    key = civil_affairs.KEY
    runs = [Told(key, f"run {n}", "2026-11-20", state) for n, state in enumerate(states)]
    report = report_on(played.datasets[key], played.shelf.runs(key), played.city.whole(key), runs)
    assert report.right is right
    assert report.found == report.expected, "it is Airflow alone that does not know it"
    told = wrong(Report((report,), (), {}))
    assert right or f"Airflow runs {', '.join(states) or 'none'} for 1 windows" in told[0]


def test_a_day_that_the_scheduler_runs_of_its_own_accord_is_not_held_against_the_demo(played: Played) -> None:
    key = civil_affairs.KEY
    found = played.shelf.runs(key)
    another = [*found, *(replace(run, id=f"scheduled-{run.id}", window="2026-11-19") for run in found)]
    dataset, truth, runs = played.datasets[key], played.city.whole(key), [Told(key, "run", "2026-11-20", "success")]
    assert report_on(dataset, another, truth, runs).right
    assert not report_on(dataset, another, truth).right


def test_the_report_says_everything_in_json_and_in_both_languages(
    played: Played, questions: tuple[Question, ...]
) -> None:
    report = Report(reports(played), questions, {"build the city": 1.0, "run the DAGs": 3.0})
    told = as_json(report)
    assert told["right"] is True
    assert [one["share"] for one in told["stages"]] == [0.25, 0.75]
    for one in told["datasets"]:
        assert one["read"] == one["published"] + one["quarantined_rows"] + one["duplicates"]
        assert set(one["seconds"]) == {"check", "plan", "land", "validate", "publish", "register"}
    text = as_text(report)
    assert "城乡低保对象" in text
    assert "Everything is right." in text


def test_no_credential_stands_in_the_representation_of_the_cast(played: Played) -> None:
    shown = repr(played.credentials)
    assert not any(token in shown for token in played.credentials.tokens.values())


def test_the_officials_of_the_demo_act_by_credentials_of_their_own(played: Played) -> None:
    parties = played.shelf.parties
    for word, name in played.credentials.posts.items():
        subject = parties.subject(played.credentials.tokens[word], NOW)
        assert (subject.post, subject.organisation) == (name, played.credentials.organisations[word].credit_code)
        assert subject.roles
    with played.shelf.engine.connect() as connection:
        authority = authority_of(connection, "370402000000", played.shelf.tree())
    assert authority == played.credentials.organisations["authority-reviewer"]
    assert played.credentials.organisations["civil-affairs"].parent


def test_seeding_again_adds_no_second_grant(played: Played) -> None:
    before = len(played.shelf.grants())
    seed(played.shelf, played.city, NOW)
    assert len(played.shelf.grants()) == before
    city = played.credentials.organisations["city"].credit_code
    assert len(played.shelf.grants_for(civil_affairs.KEY, city)) == 1
