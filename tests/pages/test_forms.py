"""Collection forms and the counter in a real browser: they fit a phone; a form goes from items to cleared by hand."""

from datetime import date, timedelta

import pytest
from playwright.sync_api import Page

from catalog.collection import registry
from schemas.authority_source import Source
from tests.api.test_forms import LOW_INCOME, design
from tests.builders import HEALTH, NOW, ZAOZHUANG
from tests.pages.conftest import Site, go, sign_in

pytestmark = pytest.mark.pages
UNTIL = (NOW.date() + timedelta(days=30)).isoformat()


def governed(site: Site) -> str:
    """A form with an item of each kind: with a source, collected already, nearly the same, new."""
    registry.bring(
        site.city.shelf, Source("marital_status", "person", ZAOZHUANG, HEALTH, "婚姻登记条例", date(2026, 1, 1)), NOW
    )
    return design(site.city, "tengzhou", "婚姻状况", "手机号", "每月保障金额", "帮扶需求")


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_the_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(page: Page, site: Site, lang: str) -> None:
    number = governed(site)
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    sign_in(page, site, "tengzhou")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (
            "/forms",
            "/forms/new",
            f"/forms/{number}",
            "/authority",
            "/elements/marital_status",
            "/once",
            "/once?by=dataset",
        ):
            page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.get_attribute("html", "lang") == lang
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_an_officer_goes_from_items_to_a_cleared_form_with_the_pages_alone(page: Page, site: Site) -> None:
    sign_in(page, site, "tengzhou")
    go(page, "采集表")
    page.click("main >> a.button")
    page.fill("#title", "困难群众入户登记表")
    page.fill("#basis", "社会救助暂行办法")
    page.select_option("#subject_kind", "person")
    page.fill("#items", "手机号\n帮扶需求")
    page.click("main >> button:has-text('查重')")
    page.wait_for_selector(".note.bad >> text=手机号")
    page.click("main >> button:has-text('复用')")
    page.wait_for_selector(".note.good")
    page.click("main >> button:has-text('提交')")
    page.wait_for_selector(".badge.yes >> text=可采集")
    assert page.locator(f"a:has-text('{LOW_INCOME}')").count() >= 1
    page.goto(f"{site.url}/once?by=dataset")
    assert "避免重复采集 1 次" in page.inner_text("main")
