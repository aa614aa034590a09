"""The demo's complaints: pushed by two systems, landed by the run of their day, followed by who sent them."""

from datetime import timedelta

from starlette.testclient import TestClient

from api.app import create_app
from dags import steps
from dags.job import Job
from demo import hotline
from demo.asking import Asker
from demo.report import report_on
from schemas.contract import find_contracts, read_contract
from schemas.journey import Window
from tests.demo.conftest import NOW, Played


def test_complaints_are_pushed_landed_and_followed_as_the_demo_says(played: Played) -> None:
    (file,) = find_contracts((hotline.CONTRACTS,))
    dataset = read_contract(file)
    assert dataset.key == hotline.KEY
    played.shelf.register(dataset, NOW)
    with TestClient(create_app(played.shelf, played.settings, lambda: NOW)) as client:
        asker = Asker(client, played.credentials)
        pushed = hotline.push_complaints(asker)
        job = Job(played.settings, dataset, Window.of_day(NOW.date()), "pushed")
        steps.whole_way(job, None, NOW + timedelta(hours=1))
        asked = hotline.follow_complaints(asker, pushed)
    assert [(one.question_en, one.expected, one.found) for one in asked if not one.right] == []
    report = report_on(dataset, played.shelf.runs(hotline.KEY), hotline.TRUTH[hotline.KEY])
    assert (report.found, report.balanced) == (report.expected, True)
