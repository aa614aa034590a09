"""Confirmations in a real browser: a reviewer finds what waits, and decides it with the forms of the page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.api.confirmations_world import CHANGED, GONE, gone_template, office
from tests.api.conftest import City
from tests.pages.conftest import Site, go, sign_in
from tests.served import serving

__all__ = ["gone_template", "office"]
pytestmark = pytest.mark.pages
PATIENCE = 60_000
"""Milliseconds: a busy machine is slow."""
PATHS = ("/inbox", "/confirmations", "/confirmations?state=all", f"/confirmations/{GONE}", f"/confirmations/{CHANGED}")


@pytest.fixture
def desk(office: City) -> Iterator[Site]:
    """The application over it under a real server."""
    with serving(office.client.app) as url:
        yield Site(url, office)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_its_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(page: Page, desk: Site, lang: str) -> None:
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(desk.url) else faults.append(asked.url))
    sign_in(page, desk, "reviewer")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in PATHS:
            page.goto(f"{desk.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.get_attribute("html", "lang") == lang
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_a_reviewer_goes_from_the_inbox_to_a_word_with_its_reason(page: Page, desk: Site) -> None:
    sign_in(page, desk, "reviewer")
    go(page, "收件箱")
    page.click("text=源系统中消失 10 行")
    assert page.locator("td >> text=P**").count() == 10
    page.click("button:has-text('确认已消失')")
    assert page.locator(".badge.warn").count() == 1, "without a reason the browser sends nothing"
    page.fill("#reason-confirm", "两镇合并，已逐宗核对")
    page.click("button:has-text('确认已消失')")
    page.wait_for_selector(".badge.yes >> text=已确认", timeout=PATIENCE)
    assert page.locator("text=两镇合并，已逐宗核对").count() == 1


def test_it_works_without_javascript(chromium: Browser, desk: Site) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    sign_in(page, desk, "reviewer")
    page.goto(f"{desk.url}/confirmations/{CHANGED}")
    page.fill("#reason-refuse", "业务系统误改，已通知改回")
    page.click("button:has-text('不予确认')")
    page.wait_for_selector("text=业务系统误改，已通知改回", timeout=PATIENCE)
    context.close()
