"""The inbox of pushed records and one push in a real browser, in both languages, on a desk and on a phone."""

import pytest
from playwright.sync_api import Page

from tests.api.test_records import push
from tests.builders import NOW
from tests.pages.conftest import Site, sign_in
from tests.pushed import KEY, as_json, complaints, record

pytestmark = pytest.mark.pages
PAGE = f"/datasets/{KEY}/inbox"


def pushed(site: Site) -> str:
    """Pushes of two senders and one without a right; the id of one with more refusals than a page has."""
    site.city.shelf.register(complaints(), NOW)
    push(site.city, as_json(record(1), record(2, score=9)), "a", "civil")
    push(site.city, as_json(record(3)), "b", "health")
    wrong = [record(n, score=9, happened="昨天下午三点左右，具体时间记不清了，大约在雨停之后") for n in range(60)]
    return str(push(site.city, as_json(*wrong, record(99)), "c", "tengzhou").json()["id"])


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_its_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(page: Page, site: Site, lang: str) -> None:
    id = pushed(site)
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    sign_in(page, site, "tengzhou")
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for path in (PAGE, f"{PAGE}/{id}"):
            page.goto(f"{site.url}{path}?lang={lang}")
            assert page.get_attribute("html", "lang") == lang
            assert page.locator("h1").count() == 1
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_a_sender_goes_from_its_inbox_to_the_last_refused_row(page: Page, site: Site) -> None:
    pushed(site)
    sign_in(page, site, "tengzhou")
    page.goto(f"{site.url}{PAGE}")
    page.click("#newest ~ table tbody a")
    page.wait_for_selector("text=第 1 行")
    page.click("text=下一页")
    page.wait_for_selector("text=第 60 行")
    assert page.locator("text=下一页").count() == 0
    page.click("text=回到首页")
    page.wait_for_selector("text=第 1 行")
