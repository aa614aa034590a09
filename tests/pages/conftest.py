"""A running server over the small city of the API's tests, and headless Chromium."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.api.conftest import City, built, city
from tests.served import serving

__all__ = ["built", "city"]

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages are, and the city behind them."""

    url: str
    city: City


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skipped loudly where it is absent, an error under CI."""
    if not CHROMIUM.exists():
        told = f"{CHROMIUM} is not there: apt-get install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(f"PAGES NOT TESTED IN A BROWSER: {told}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def site(city: City) -> Iterator[Site]:
    """The application under a real server on a free port."""
    with serving(city.client.app) as url:
        yield Site(url, city)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page of a browser that speaks Chinese."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    opened = context.new_page()
    yield opened
    context.close()


def go(page: Page, name: str) -> None:
    """To a page of the navigation, by the name that stands there; those under "more" once that is open."""
    link = page.locator(f"header nav >> text={name}")
    if not link.is_visible():
        page.click("header nav summary")
    link.click()


def sign_in(page: Page, site: Site, who: str) -> None:
    """As a data officer would."""
    page.goto(f"{site.url}/login")
    page.fill("#credential", site.city.credentials[who])
    page.click("main button")
    page.wait_for_url("**/datasets**")
