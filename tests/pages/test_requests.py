"""Requests in a real browser: asked for and answered by forms alone, on a phone and at a desk."""

import pytest
from playwright.sync_api import Browser, Page

from tests.api.test_requests import KEY, WANT, act, made, officials
from tests.pages.conftest import Site, sign_in

pytestmark = pytest.mark.pages
PATIENCE = 60_000
"""Milliseconds: a busy machine is slow."""


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_their_pages_fit_a_phone_and_a_desk_without_errors_or_foreign_requests(
    page: Page, site: Site, lang: str
) -> None:
    city = officials(site.city)
    reviewed, checked = made(city), made(city)
    act(city, "checker", reviewed, "accept")
    drafted = city.client.post("/api/v1/requests", json=WANT | {"basis": ""}, headers=city.headers("asker"))
    number = drafted.json()["number"]
    faults: list[str] = []
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    page.on("request", lambda asked: None if asked.url.startswith(site.url) else faults.append(asked.url))
    paths = {
        "asker": ("/requests", f"/requests/new?dataset={KEY}", "/requests/new", f"/requests/{number}"),
        "checker": (f"/requests/{checked}", "/requests?waiting=1"),
        "reviewer": (f"/requests/{reviewed}",),
    }
    for who, each in paths.items():
        sign_in(page, site, who)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path in each:
                page.goto(f"{site.url}{path}{'&' if '?' in path else '?'}lang={lang}")
                assert page.get_attribute("html", "lang") == lang
                assert page.locator("h1").count() == 1
                assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert faults == []


def test_one_is_asked_for_and_answered_item_by_item_without_javascript(chromium: Browser, site: Site) -> None:
    city = officials(site.city)
    context = chromium.new_context(java_script_enabled=False, locale="zh-CN", viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, site, "checker")
    page.goto(f"{site.url}/datasets/{KEY}")
    assert page.locator("a.button:has-text('申请')").count() == 1
    sign_in(page, site, "asker")
    page.goto(f"{site.url}/requests/new?dataset={KEY}")
    page.select_option("#purpose", "social_assistance")
    page.check("#item-amount")
    page.fill("#basis", "《社会救助暂行办法》")
    page.fill("#scenario", "临时救助审核")
    page.click("text=保存草稿并检查")
    page.wait_for_selector("text=还有 1 处需要补正")
    page.click("text=修改")
    page.fill("#security", "专网内使用")
    page.click("text=保存草稿并检查")
    page.wait_for_selector("text=填写完整")
    page.click("button:has-text('提交')")
    page.wait_for_selector(".badge >> text=形式审查")
    number = page.locator("dl code").first.inner_text()
    act(city, "checker", number, "accept")
    sign_in(page, site, "reviewer")
    page.goto(f"{site.url}/requests?waiting=1")
    page.click(f"text={number}")
    page.select_option("select[name=refuse-amount]", "beyond_need")
    page.click("button:has-text('同意（逐项）')")
    page.wait_for_selector(".badge >> text=部分同意")
    page.click("button:has-text('供给（授权）')")
    page.wait_for_selector(".badge >> text=已授权，待首次读取")
    assert page.locator("text=超出履职最小必要").count() == 1
    context.close()
