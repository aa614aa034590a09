"""Entries as pages: officers draft, check, review and publish by forms; others find what is in force."""

import re
from dataclasses import replace

import pytest

from schemas.entry_file import read_entries, write_entries
from schemas.entry_form import ENTRY, ITEM, lines
from schemas.entry_json import entry_json
from tests.api.conftest import City
from tests.api.test_entries import WAY, office, published, send
from tests.api.test_pages import sign_in
from tests.entries import make_entry

__all__ = ["office"]


def token(city: City, path: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', city.client.get(path).text)
    assert found is not None
    return found[1]


def filled(city: City, path: str, **told: str) -> dict[str, str]:
    """The form as an officer would fill it in with the entry of the tests."""
    _, *rows = lines([make_entry()])
    form = dict(zip(ENTRY, rows[0], strict=False)) | {"token": token(city, path)}
    for number, row in enumerate(rows):
        form |= {f"item-{number}-{word}": text for word, text in zip(ITEM, row[len(ENTRY) :], strict=True)}
    return form | told


def act(city: City, number: str, action: str, **told: str) -> int:
    form = {"token": token(city, f"/entries/{number}"), "action": action} | told
    return int(city.client.post(f"/entries/{number}/act", data=form).status_code)


def test_an_entry_is_drafted_reviewed_and_published_by_forms(office: City) -> None:
    sign_in(office, "keeper")
    sent = office.client.post("/entries/new", data=filled(office, "/entries/new"))
    assert sent.status_code == 303
    number = re.search(r"/entries/(\d+)", sent.headers["location"])
    assert number is not None
    page = office.client.get(f"/entries/{number[1]}").text
    assert "未发现错误" in page
    assert "公民身份号码" in page
    assert "《个人信息保护法》第二十八条" in page
    for who, action in WAY:
        sign_in(office, who)
        assert act(office, number[1], action) == 303, action
    sign_in(office, "tengzhou")
    page = office.client.get(f"/entries/{number[1]}").text
    assert "现行" not in page
    assert "已发布" in page
    assert f'href="/entries/{number[1]}?' in office.client.get("/entries?q=困难群众").text
    assert "/act" not in page
    english = office.client.get(f"/entries/{number[1]}?lang=en").text
    assert "Conditional" in english
    assert "字符型" not in english


def test_a_form_with_mistakes_comes_back_filled_in_with_all_of_them(office: City) -> None:
    sign_in(office, "keeper")
    form = filled(office, "/entries/new", **{"item-1-length": "50字", "formats": "api", "published_on": "昨天"})
    back = office.client.post("/entries/new", data=form)
    assert back.status_code == 422
    for word in ("50字", "昨天", "困难群众救助发放信息", "数据长度", "发布日期"):
        assert word in back.text
    assert office.get("/entries?mine=1", "keeper").json()["entries"] == []


def test_the_edit_page_holds_what_was_saved_and_a_later_move_is_noticed(office: City) -> None:
    made = send(office, "POST", "/entries", "keeper", {"title": "甲清单"}).json()
    sign_in(office, "keeper")
    path = f"/entries/{made['id']}/edit"
    form = filled(office, path, seen="1")
    assert "甲清单" in office.client.get(path).text
    send(office, "PUT", f"/entries/{made['id']}", "keeper", {"title": "乙清单"})
    late = office.client.post(path, data=form)
    assert late.status_code == 422
    assert "it has moved since" in late.text
    assert office.client.post(path, data=form | {"seen": "2"}).status_code == 303
    assert office.get(f"/entries/{made['id']}", "keeper").json()["title"] == "困难群众救助发放信息"


def test_a_secret_in_the_form_is_refused(office: City) -> None:
    sign_in(office, "keeper")
    back = office.client.post("/entries/new", data=filled(office, "/entries/new", secret="是", title="某清单"))
    assert back.status_code == 422
    assert "某清单" not in back.text
    assert "涉密数据不得进入本目录" in back.text


def test_a_return_needs_a_reason_which_the_department_reads(office: City) -> None:
    number = str(send(office, "POST", "/entries", "keeper", make_json()).json()["id"])
    for who, action in WAY[:2]:
        send(office, "POST", f"/entries/{number}/{action}", who)
    sign_in(office, "source")
    assert act(office, number, "return") == 422
    assert act(office, number, "return", said="<b>摘要不明</b>") == 303
    sign_in(office, "keeper")
    assert "&lt;b&gt;摘要不明&lt;/b&gt;" in office.client.get(f"/entries/{number}").text


def make_json() -> dict[str, object]:
    return entry_json(make_entry())


@pytest.mark.parametrize("kind", ["xlsx", "csv", "jsonl"])
def test_a_file_is_looked_at_first_and_taken_in_when_it_is_told(office: City, kind: str) -> None:
    sign_in(office, "keeper")
    raw = write_entries([make_entry(), make_entry(title="临时救助信息", code="")], kind)
    form = {"token": token(office, "/entries/import")}
    look = office.client.post("/entries/import", data=form, files={"file": (f"目录.{kind}", raw)})
    assert look.status_code == 200
    assert "临时救助信息" in look.text
    assert office.get("/entries?mine=1", "keeper").json()["entries"] == []
    took = office.client.post("/entries/import", data=form | {"apply": "1"}, files={"file": (f"目录.{kind}", raw)})
    assert took.status_code == 303
    saved = office.client.get(f"/entries.{kind}?mine=1")
    back = read_entries(saved.content, kind, "x")
    assert sorted(one.entry.title for one in back.entries) == ["临时救助信息", "困难群众救助发放信息"]
    assert make_entry() in [replace(one.entry, dataset="") for one in back.entries]


def test_a_file_with_mistakes_shows_every_line_and_takes_nothing_in(office: City) -> None:
    sign_in(office, "keeper")
    form = {"token": token(office, "/entries/import"), "apply": "1"}
    raw = "信息资源名称,共享类型\n甲,也许\n乙,无条件共享\n".encode()
    back = office.client.post("/entries/import", data=form, files={"file": ("目录.csv", raw)})
    assert (back.status_code, "也许" in back.text) == (422, True)
    assert office.get("/entries?mine=1", "keeper").json()["entries"] == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere"}])
def test_a_form_of_another_site_or_session_changes_nothing(office: City, headers: dict[str, str]) -> None:
    sign_in(office, "keeper")
    form = filled(office, "/entries/new")
    file = {"file": ("a.csv", b"x")}
    assert office.client.post("/entries/new", data=form, headers=headers).status_code == 400
    assert office.client.post("/entries/new", data=form | {"token": "forged"}).status_code == 400
    assert office.client.post("/entries/import", data={"token": "forged"}, files=file).status_code == 400
    assert (
        office.client.post("/entries/import", data={"token": form["token"]}, files=file, headers=headers).status_code
        == 400
    )
    assert office.get("/entries?mine=1", "keeper").json()["entries"] == []


@pytest.mark.parametrize("who", ["tengzhou", "health", "outsider", ""])
def test_to_others_a_draft_has_no_page_in_the_same_words(office: City, who: str) -> None:
    number = send(office, "POST", "/entries", "keeper", make_json()).json()["id"]
    if who:
        sign_in(office, who)
    for tail in ("", "/edit"):
        there, absent = (office.client.get(f"/entries/{one}{tail}") for one in (number, 99))
        assert there.status_code == absent.status_code == 404
        assert there.text.replace(f"/entries/{number}", "/entries/99") == absent.text
    assert office.client.get("/entries/new").status_code in (401, 403)
    assert "困难群众" not in office.client.get("/entries?q=困难").text.split("</form>", 1)[-1]


def test_the_public_sees_what_is_open_and_its_file(office: City) -> None:
    published(office)
    page = office.client.get("/entries").text
    assert "行政处罚信息" in page
    assert "困难群众" not in page
    saved = read_entries(office.client.get("/entries.jsonl").content, "jsonl", "x")
    assert [one.entry.title for one in saved.entries] == ["行政处罚信息"]
    assert office.client.get("/entries.exe").status_code == 400
    assert office.client.get("/entries?state=sung").status_code == 400


def test_the_api_has_the_same_file_and_import(office: City) -> None:
    published(office)
    saved = office.get("/entries/export?format=csv", "keeper")
    assert saved.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in saved.headers["content-disposition"]
    told = office.client.post(
        "/api/v1/entries/import?format=csv", headers=office.headers("keeper"), content=saved.content
    )
    assert told.status_code == 200
    ours = [one["fate"] for one in told.json()["entries"]]
    assert ours == ["same"]
    theirs = [one["where"] for one in told.json()["mistakes"]]
    assert set(theirs) == {"提供方代码"}, "the entries of other providers"
    for who, status in (("civil", 403), ("", 401)):
        refused = office.client.post("/api/v1/entries/import?format=xlsx", headers=office.headers(who), content=b"PK")
        assert refused.status_code == status, "before the file is looked at"
