"""The pages in a real browser: no errors, no script, no foreign host, usable on a phone and by keyboard."""

import pytest
from playwright.sync_api import Browser, Page

from tests.pages.conftest import Site, sign_in

pytestmark = pytest.mark.pages
KEY = "civil_affairs.low_income"
PATHS = (
    "/datasets",
    "/datasets?q=姓名",
    f"/datasets/{KEY}",
    f"/datasets/{KEY}/lineage",
    f"/datasets/{KEY}/access?purpose=statistics",
    f"/datasets/{KEY}/access?purpose=social_assistance",
    "/quality",
    "/elements",
    "/elements/resident_id",
    "/elements/industry?q=农",
    "/login",
    "/docs",
    "/datasets/no.such",
)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_page_fits_a_phone_and_a_desk_without_errors_or_foreign_requests(
    page: Page, site: Site, lang: str
) -> None:
    faults: list[str] = []
    page.on(
        "console", lambda told: faults.append(told.text) if told.type == "error" and "404" not in told.text else None
    )
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    sign_in(page, site, "tengzhou")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in PATHS:
            page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.get_attribute("html", "lang") == lang
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_a_data_officer_finds_a_dataset_and_reads_why_they_may_not(page: Page, site: Site) -> None:
    sign_in(page, site, "tengzhou")
    page.fill("#q", "低保")
    page.press("#q", "Enter")
    page.click("text=城乡低保对象")
    assert page.locator(".badge.mask").count() == 1
    page.select_option("#purpose", "statistics")
    page.click("text=按此用途查看")
    assert page.locator("tbody .badge.drop").count() == 6
    page.click(".note a")
    assert page.locator("text=PURPOSE_MISMATCH").count() >= 1
    page.click("text=English")
    assert page.locator("text=What to do next").count() == 1


def test_signing_out_shows_what_the_public_sees(page: Page, site: Site) -> None:
    sign_in(page, site, "tengzhou")
    page.click("header button")
    page.wait_for_url("**/datasets**")
    assert page.locator("text=城乡低保对象").count() == 0
    assert page.locator("h2", has_text="行政处罚信息").count() == 1


def test_all_of_it_works_without_javascript(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, site, "civil")
    page.goto(f"{site.url}/datasets/{KEY}")
    assert page.locator(".badge.clear").count() == 6
    context.close()


def test_the_first_tab_leads_to_the_content_and_focus_is_visible(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/datasets")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_every_control_has_a_name_and_every_table_its_headers(page: Page, site: Site) -> None:
    sign_in(page, site, "tengzhou")
    for path in PATHS:
        page.goto(f"{site.url}{path}")
        nameless = page.evaluate(
            "[...document.querySelectorAll('input:not([type=hidden]),select')]"
            ".filter(e => !e.labels.length).map(e => e.outerHTML)"
        )
        assert nameless == [], path
        assert page.evaluate("[...document.querySelectorAll('thead th')].every(e => e.scope === 'col')"), path
