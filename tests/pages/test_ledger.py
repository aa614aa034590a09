"""The ledger in a real browser: an officer goes from the navigation to a receipt and its proof, on a phone too."""

import pytest
from playwright.sync_api import Page

from tests.pages.conftest import Site, go, sign_in

pytestmark = pytest.mark.pages
ROWS = "/datasets/civil_affairs.low_income/rows?purpose="


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_an_officer_finds_a_receipt_and_its_proof_and_every_page_fits(page: Page, site: Site, lang: str) -> None:
    for purpose in ("social_assistance", "own_duty"):
        number = site.city.get(f"{ROWS}{purpose}", "tengzhou").headers["Yishu-Receipt"]
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    sign_in(page, site, "tengzhou")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/ledger", "/ledger?side=owner", f"/ledger/{number}"):
            page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    page.goto(f"{site.url}/datasets?lang={lang}")
    go(page, {"zh-CN": "取用台账", "en": "Ledger"}[lang])
    page.click("main table tbody tr:nth-child(2) a")
    assert "yishu ledger verify receipt.json" in page.inner_text("main")
    assert faults == []
