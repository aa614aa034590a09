"""The inbox in a real browser: a data officer mends an incident with the keyboard and the forms of the page."""

import pytest
from playwright.sync_api import Browser, Page

from tests.api.test_incidents import deliver, stocked
from tests.pages.conftest import Site, go, sign_in

pytestmark = pytest.mark.pages
PATIENCE = 60_000
"""Milliseconds: a busy machine is slow."""
PATHS = ("/inbox", "/inbox?state=all", "/inbox?whose=below", "/incidents/1", "/incidents/1/records")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_its_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(page: Page, site: Site, lang: str) -> None:
    stocked(site.city)
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    sign_in(page, site, "civil")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in PATHS:
            page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.get_attribute("html", "lang") == lang
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_an_officer_takes_an_incident_from_the_navigation_to_corrected(page: Page, site: Site) -> None:
    stocked(site.city)
    sign_in(page, site, "civil")
    go(page, "收件箱")
    page.click("table a >> text=联系电话")
    page.click("main >> button:has-text('受理')")
    page.wait_for_selector(".badge.warn >> text=已受理", timeout=PATIENCE)
    page.fill("#said-correct", "已在业务系统更正")
    page.press("#said-correct", "Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=等待下一版本核验", timeout=PATIENCE)
    assert page.locator("text=已在业务系统更正").count() == 1
    deliver(site.city.shelf, [], 1)
    page.reload()
    assert page.locator(".badge.yes >> text=已核验").count() == 1


def test_it_works_without_javascript(chromium: Browser, site: Site) -> None:
    stocked(site.city)
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    sign_in(page, site, "civil")
    page.goto(f"{site.url}/inbox")
    page.click("text=标为已读")
    page.wait_for_selector(".notices:not(:has(form))", timeout=PATIENCE)
    page.goto(f"{site.url}/incidents/1/records")
    assert page.locator("tbody tr").count() == 3
    context.close()
