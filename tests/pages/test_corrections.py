"""The pages of corrections in a real browser: they fit, and a claim starts from the page of its dataset."""

import pytest
from playwright.sync_api import Page

from tests.api.test_corrections import KEY, MINE, deliver, filed, peopled, read
from tests.pages.conftest import Site, sign_in

pytestmark = pytest.mark.pages
NEW = f"/corrections/new?dataset={KEY}&purpose=own_duty"
PATHS = ("/corrections", "/corrections?state=all", "/corrections/1", "/corrections/1/cell", NEW)


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_its_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(page: Page, site: Site, lang: str) -> None:
    peopled(site.city)
    read(site.city, "health")
    filed(site.city)
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    for state in ("located", "propagating"):
        if state == "propagating":
            headers = site.city.headers
            site.city.client.post("/api/v1/corrections/1/take_up", headers=headers("civil"))
            site.city.client.post("/api/v1/corrections/1/correct", headers=headers("reviewer"))
            deliver(site.city, {"amount": 650})
        sign_in(page, site, "reviewer")
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path in PATHS:
                page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
                assert page.locator("h1").count() == 1
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
                assert "{" not in page.inner_text("header")
    assert faults == []


def test_a_claim_is_filed_from_the_page_of_its_dataset(page: Page, site: Site) -> None:
    peopled(site.city)
    sign_in(page, site, "tengzhou")
    page.goto(f"{site.url}/datasets/{KEY}")
    page.click("text=提出疑义")
    page.fill("#key_person_id", str(MINE["person_id"]))
    page.select_option("#column", "amount")
    page.fill("#expected", "650")
    page.fill("#evidence", "低保金发放通知书（演示）")
    page.click("main >> button:has-text('提出疑义')")
    page.wait_for_url("**/corrections/1**")
    assert "待数源部门受理" in page.inner_text("main")
