"""One day of the demo city: build it, collect by Airflow, publish, serve, ask, report."""

import json
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import click
import httpx

from catalog import database
from catalog.shelf import Shelf, open_shelf
from cli.airflow_client import Airflow, DagRun, answers, wait_for_runs
from cli.airflow_home import AirflowHome, of_airflow
from cli.contract import compiled
from cli.demo import Wish
from cli.door import Door
from cli.embedded import Stopwatch, await_airflow, start_airflow, start_api, start_scheduler
from cli.leaks import leaks
from cli.supervisor import Crew
from cli.up import greeting, stay
from cli.waves import waves
from demo import hotline
from demo.asking import Asker
from demo.city import City, Sizes, build_city
from demo.connections import Connections, city_connections
from demo.faults import Truth
from demo.health_process import start_health
from demo.hotline import Pushed, follow_complaints, push_complaints
from demo.question import Question
from demo.questions import ask_questions
from demo.real import CONTRACTS, TRUTH, real_connections
from demo.report import Report, as_json, report_on
from demo.report_text import as_text
from demo.seed import Credentials, seed
from schemas.contract import find_contracts
from schemas.dataset import Dataset
from schemas.index import write_index
from schemas.settings import SHIPPED_CONTRACTS, Settings

PATIENCE = 600.0
"""Seconds that one wave of DAG runs gets."""

Runs = tuple[DagRun, ...]


@dataclass(frozen=True, slots=True)
class Stage:
    """What the demo plays on."""

    door: Door
    settings: Settings
    wish: Wish
    crew: Crew
    watch: Stopwatch
    datasets: Mapping[str, Dataset]

    def say(self, sentence: str) -> None:
        """What happens, for people; a reader of JSON gets the report only."""
        if not self.wish.told_as_json:
            click.echo(f"{sum(self.watch.seconds.values()):6.1f} s  {sentence}")


def one_day(door: Door, settings: Settings, wish: Wish) -> int:
    """The whole demo; its exit status."""
    watch = Stopwatch()
    with ExitStack() as leaving:
        with watch.stage("set up"):
            datasets = _set_up(settings, wish)
        crew = leaving.enter_context(Crew(settings.home / "logs"))
        stage = Stage(door, settings, wish, crew, watch, datasets)
        stage.say(f"{len(datasets)} contracts compiled; Airflow is starting")
        with ThreadPoolExecutor(1) as beside:
            starting = beside.submit(start_airflow, crew, settings, door.environment)
            city, connections = _city(stage, leaving)
            with watch.stage("start Airflow's database, API server and DAG processor"):
                home = starting.result()
        start_scheduler(crew, settings, home, {**door.environment, **connections.environment})
        url = start_api(crew, settings, door.environment)
        shelf, cast = _cast(stage, city)
        pushed = _push(stage, url, shelf, cast)
        runs = _collect(stage, home, city)
        questions = _ask(stage, url, shelf, cast, city) + _follow(url, cast, pushed)
        secret = (*connections.passwords, *cast.tokens.values(), *of_airflow(settings, home))
        questions += (_silence(settings, secret),)
        report = _report(stage, shelf, city, runs, questions)
        _tell(stage, report)
        if wish.once:
            return 0 if report.right else 1
        _welcome(url, home, cast)
        stay(crew)
    return 0


def _set_up(settings: Settings, wish: Wish) -> Mapping[str, Dataset]:
    database.upgrade(settings.database_url)
    folders = (SHIPPED_CONTRACTS, hotline.CONTRACTS, *((CONTRACTS,) if wish.data else ()))
    datasets = compiled(find_contracts(folders))
    write_index(datasets, settings.registry)
    return {dataset.key: dataset for dataset in datasets}


def _city(stage: Stage, leaving: ExitStack) -> tuple[City, Connections]:
    """The departments' systems, and the connections that only the scheduler gets to see."""
    day = stage.door.now().date() - timedelta(days=1)
    sizes = Sizes(stage.wish.people, stage.wish.enterprises)
    with stage.watch.stage("build the city's departmental systems"):
        city = build_city(stage.settings.home / "city", day, sizes=sizes)
        token = secrets.token_urlsafe(24)
        health = start_health(city.folder / "health.db", token, stage.door.environment)
        leaving.callback(health.stop)
        made = city_connections(city, health.port, token, lambda: secrets.token_urlsafe(18))
    stage.say(f"a city of {sizes.people:,} people and {sizes.enterprises:,} enterprises, data of {day}")
    real = real_connections(stage.wish.data) if stage.wish.data else {}
    return city, replace(made, environment={**made.environment, **real})


def _cast(stage: Stage, city: City) -> tuple[Shelf, Credentials]:
    with stage.watch.stage("register organisations, grants and credentials"):
        shelf = open_shelf(stage.settings)
        cast = seed(shelf, city, stage.door.now())
    return shelf, cast


def _push(stage: Stage, url: str, shelf: Shelf, cast: Credentials) -> Pushed:
    """Two systems push complaints while Airflow is still starting; the day's run will land them."""
    with stage.watch.stage("push complaints"):
        shelf.register(stage.datasets[hotline.KEY], stage.door.now())
        stage.crew.wait(lambda: answers(f"{url}/healthz"), 60, "the API")
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            return push_complaints(Asker(client, cast))


def _follow(url: str, cast: Credentials, pushed: Pushed) -> tuple[Question, ...]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        return follow_complaints(Asker(client, cast), pushed)


def _collect(stage: Stage, home: AirflowHome, city: City) -> Runs:
    """Trigger every source for the days it has; derived datasets follow by their assets. All runs, once ended."""
    with stage.watch.stage("wait for Airflow"):
        airflow = await_airflow(stage.crew, home, stage.datasets)
    stage.say(f"Airflow answers at {home.url}; {len(stage.datasets)} DAGs are known")
    ended: list[DagRun] = []
    with stage.watch.stage("run the DAGs"):
        for wave in waves(stage.datasets):
            wanted = _wanted(city, wave, stage.door.now())
            _trigger(airflow, stage.datasets, wanted)
            ended += wait_for_runs(home, wanted, PATIENCE, stage.crew.check)
    failed = [run for run in ended if run.state != "success"]
    stage.say(f"{len(ended)} DAG runs ended, {len(failed)} of them failed")
    return tuple(ended)


def _wanted(city: City, keys: Sequence[str], now: datetime) -> list[tuple[str, str]]:
    """What the departments deliver was delivered yesterday; what is pushed comes today."""
    days = {hotline.KEY: (now.date().isoformat(),)}
    known = {key: city.windows(key) for key in city.truth} | days
    return [(key, day) for key in keys for day in known.get(key, (city.day.isoformat(),))]


def _trigger(airflow: Airflow, datasets: Mapping[str, Dataset], wanted: Sequence[tuple[str, str]]) -> None:
    for key, day in wanted:
        if not datasets[key].source.inputs:
            airflow.trigger(key, day)


def _ask(stage: Stage, url: str, shelf: Shelf, cast: Credentials, city: City) -> tuple[Question, ...]:
    with stage.watch.stage("ask the API"):
        stage.crew.wait(lambda: answers(f"{url}/healthz"), 60, "the API")
        with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
            return ask_questions(Asker(client, cast), city, shelf.receipts.verify)


def _silence(settings: Settings, secret: Sequence[str]) -> Question:
    """Airflow forwards what tasks print unmasked: so the logs are searched for every secret of the demo."""
    found = list(leaks(settings.home / "logs", secret))
    return Question(f"{len(secret)} 个密钥均未见于日志", f"none of {len(secret)} secrets is in any log", [], found)


def _report(stage: Stage, shelf: Shelf, city: City, runs: Runs, questions: tuple[Question, ...]) -> Report:
    planted = {key: city.whole(key) for key in city.truth}
    expected: Mapping[str, Truth] = {**planted, **hotline.TRUTH, **(TRUTH if stage.wish.data else {})}
    recorded = shelf.runs(limit=10_000)
    reports = tuple(
        report_on(dataset, (run for run in recorded if run.dataset == key), expected[key], runs)
        for key, dataset in stage.datasets.items()
        if key in expected
    )
    return Report(reports, questions, stage.watch.seconds)


def _tell(stage: Stage, report: Report) -> None:
    if stage.wish.told_as_json:
        click.echo(json.dumps(as_json(report), ensure_ascii=False, indent=2, default=str))
    else:
        click.echo(as_text(report))


def _welcome(url: str, home: AirflowHome, cast: Credentials) -> None:
    """What to open, and as whom."""
    click.echo(f"\nOpen       {url}/?lang=zh-CN   {url}/docs")
    for line in greeting(home):
        click.echo(line)
    click.echo("\nCredentials, made anew for this demo (7 days):")
    for role, organisation in cast.organisations.items():
        click.echo(f"  {role:18} {cast.tokens[role]}  {organisation.name}{cast.posts.get(role, '')}")
    click.echo("\nTry: curl -H 'Authorization: Bearer ys_…' \\")
    click.echo(f"  '{url}/api/v1/datasets/civil_affairs.low_income/rows?purpose=social_assistance&format=json&limit=3'")
