"""The search: nothing that holds a word is missed, nothing that an asker writes is a command, nobody sees too much."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from catalog import datasets
from catalog.cards.drawer import Place
from catalog.cards.entering import FARTHEST
from catalog.database import downgrade_engine, upgrade_engine, writing
from catalog.organisations import Organisation
from catalog.search import FACETS, Found, Wanted
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Subject, Tier
from schemas.dataset import Dataset, Sharing
from schemas.errors import BadAsk, Unknown
from tests.builders import (
    CIVIL_AFFAIRS,
    DAY,
    HEALTH,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
    make_verdict,
)
from tests.conftest import counting

ANYBODY = make_subject()
BEFORE = "0013"
"""The revision before the card index."""
PARTS = "民政低保人口户籍登记信息企业法人许可处罚证照公民身份号码姓名住址联系电话社会信用代码救助残疾儿童老年健康体检"


def found(shelf: Shelf, words: str, subject: Subject = ANYBODY, **told: object) -> Found:
    return shelf.catalogue.search(Wanted(words, **told), subject, NOW)  # type: ignore[arg-type] - the names are those of Wanted


def keys(shelf: Shelf, words: str, subject: Subject = ANYBODY, **told: object) -> list[str]:
    return [hit.dataset.key for hit in found(shelf, words, subject, **told).hits]


def make(key: str, title: str, *fields: str, **told: object) -> Dataset:
    """An open dataset of that title with fields of those titles."""
    named = tuple(make_field(f"f{place}", title=one, title_en="") for place, one in enumerate(fields))
    facts = {"sharing": Sharing.OPEN, "title_en": "", "owner_name": "", "default_scope": "", "fields": named}
    return make_dataset(key, title=title, **facts | told)


def enter(shelf: Shelf, *datasets: Dataset) -> None:
    for one in datasets:
        shelf.register(one, NOW)


def corpus(count: int) -> list[Dataset]:
    """Datasets of random words, seeded; pieces of every length turn up across words."""
    chance = random.Random(20261127)
    said = lambda: "".join(chance.choices(PARTS, k=chance.randint(2, 9)))  # noqa: E731
    return [
        make(f"civil.d{n:03d}", said(), *(said() for _ in range(5)), description=f"{said()}，{said()}2026年")
        for n in range(count)
    ]


def test_every_piece_of_every_text_finds_all_that_hold_it_and_nothing_else(shelf: Shelf) -> None:
    some = corpus(60)
    enter(shelf, *some)
    texts = {one.key: [one.title, one.description, *(f.title for f in one.fields)] for one in some}
    chance = random.Random(5)
    every = [t for told in texts.values() for t in told]
    for length in (1, 2, 2, 2, 3, 4, 5) * 12:
        long = [t for t in every if len(t) >= length and "，" not in t]
        whole = chance.choice(long)
        start = chance.randint(0, len(whole) - length)
        piece = whole[start : start + length]
        wanted = sorted(key for key, told in texts.items() if any(piece in t for t in told))
        hits = found(shelf, piece, limit=100)
        assert (sorted(hit.dataset.key for hit in hits.hits), hits.relaxed, hits.total) == (
            wanted,
            False,
            len(wanted),
        ), piece


HOSTILE = [
    "社保(", '"', "a-b", "x OR", "OR", "NOT", "NEAR(a b)", "words:a", "items : x", "*", "^社保", "a AND", "(((", "'",
    "''; --", "a\0b", "\ud800", "%", "_", "\\", "&", "|", "!a", "a <-> b", "a:*", ":*", "{a b}:c", "+", "“社保”",
    "社保" * 3000, "x" * 9000, " ".join("社保卡") * 500, "\u0301", "🀄", "①", "\u3000", "\n", "\t社保\r", "٣", "ß", "İ",
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE)
def test_nothing_that_an_asker_writes_is_read_as_grammar(shelf: Shelf, words: str) -> None:
    enter(shelf, make("civil.a", "社保卡"), make("civil.b", "a b"))
    hits = found(shelf, words)
    assert hits.total in (0, 1, 2)
    assert keys(shelf, "社保") == ["civil.a"]


def test_signs_only_separate_and_quotes_and_brackets_fall_away(shelf: Shelf) -> None:
    enter(shelf, make("civil.a", "社保卡（2026）"), make("civil.b", "person-id"))
    for words in ("社保(", "“社保卡”", '"社保"', "社保*", "社保卡（2026）", "２０２６"):
        assert keys(shelf, words) == ["civil.a"], words
    assert keys(shelf, "person_id") == keys(shelf, "PERSON id") == keys(shelf, "person-i") == ["civil.b"]
    assert keys(shelf, "erson") == keys(shelf, "person-x") == []


def test_characters_beyond_what_sqlite_knows_are_characters(shelf: Shelf) -> None:
    enter(
        shelf, make("civil.a", "䅟茬窑社区"), make("civil.b", "𠮷野家〇号"), make("civil.c", "\U00030000\U0002b820村")
    )
    assert keys(shelf, "䅟茬") == ["civil.a"]
    assert keys(shelf, "𠮷野") == keys(shelf, "〇") == ["civil.b"]
    assert keys(shelf, "\U00030000\U0002b820") == keys(shelf, "\U0002b820") == ["civil.c"]


def test_a_wide_dataset_is_found_by_every_one_of_its_fields(shelf: Shelf) -> None:
    titles = [f"{chr(0x5000 + number)}名称" for number in range(300)]
    fields = [make_field(f"f{number}", title=title, title_en="") for number, title in enumerate(titles)]
    wide = {"sharing": Sharing.OPEN, "default_scope": "", "subject_kind": ""}
    shelf.register(make_dataset("civil_affairs.wide", fields=(make_field("id", key=1), *fields), **wide), NOW)
    shelf.register(make_dataset("civil_affairs.none", fields=(make_field("id", key=1), *fields[:9]), **wide), NOW)
    for title in (*titles[:2], *titles[-50:]):
        found = shelf.catalogue.search(Wanted(title), PUBLIC, NOW)
        assert not found.relaxed, title
        assert [hit.dataset.key for hit in found.hits][-1] == "civil_affairs.wide", title
    assert shelf.catalogue.search(Wanted(titles[-1]), PUBLIC, NOW).total == 1


def test_a_phrase_over_the_place_where_positions_begin_again_is_found(shelf: Shelf) -> None:
    long = " ".join(f"w{number}" for number in range(FARTHEST + 10))
    shelf.register(
        make_dataset("civil_affairs.long", sharing=Sharing.OPEN, title="x", title_en="", description=long), NOW
    )
    for near in range(FARTHEST - 40, FARTHEST + 5):
        told = shelf.catalogue.search(Wanted(f"w{near}-w{near + 1}-"), PUBLIC, NOW)
        assert (told.total, told.relaxed) == (1, False), near


def test_two_texts_that_stand_side_by_side_make_no_word(shelf: Shelf) -> None:
    enter(shelf, make("civil.a", "本人", "口供", "信用", tags=("代", "码")))
    assert keys(shelf, "人口") == keys(shelf, "用代") == keys(shelf, "代码") == []


def test_an_element_is_found_by_all_its_names_and_in_its_fields_whatever_they_are_called(shelf: Shelf) -> None:
    named = make("civil.a", "甲", "公民身份号码")
    being = make("civil.b", "乙", fields=(make_field("zjh", title="证件号", element="resident_id"),))
    enter(shelf, named, being, make("civil.c", "丙", "住址"))
    for words in ("身份证号", "身份证号码", "公民身份号码", "gmsfhm", "resident_id"):
        assert set(keys(shelf, words)) == {"civil.a", "civil.b"}, words
    hit = next(one for one in found(shelf, "身份证号").hits if one.dataset.key == "civil.b")
    assert hit.fields == ("zjh",)


def test_the_exact_title_comes_first_then_an_item_of_just_that_name_then_beginnings(shelf: Shelf) -> None:
    enter(
        shelf,
        make("civil.a", "本市居民健康档案补充"),
        make("civil.b", "健康档案登记"),
        make("civil.c", "甲", "电子健康档案号"),
        make("civil.d", "乙", "健康档案"),
        make("civil.e", "健康档案"),
        make("civil.f", "丙", description="见健康档案"),
    )
    hits = found(shelf, "健康档案").hits
    assert [(hit.dataset.key[-1], hit.rank) for hit in hits] == [
        ("e", 0), ("d", 1), ("b", 2), ("a", 3), ("c", 4), ("f", 5)
    ]  # fmt: skip
    assert [hit.fields for hit in hits if hit.rank in (1, 4)] == [("f0",), ("f0",)]


def test_a_field_is_found_first_by_its_own_name_too(shelf: Shelf) -> None:
    enter(shelf, make("civil.a", "甲", "f1 of old"), make("civil.b", "乙", "丙", "丁"))
    assert keys(shelf, "f1")[0] == "civil.b"


def test_where_nothing_holds_every_word_those_that_hold_most_are_shown_and_it_is_said(shelf: Shelf) -> None:
    enter(
        shelf,
        make("civil.a", "低保对象"),
        make("civil.b", "处罚决定"),
        make("civil.c", "低保处罚"),
        make("civil.d", "许可"),
    )
    both = found(shelf, "低保 处罚")
    assert ([hit.dataset.key for hit in both.hits], both.relaxed) == (["civil.c"], False)
    some = found(shelf, "低保 处罚 学籍")
    assert ([hit.dataset.key for hit in some.hits], some.relaxed, some.total) == (
        ["civil.c", "civil.a", "civil.b"],
        True,
        3,
    )
    assert [hit.rank for hit in some.hits] == [1, 2, 2]
    nothing = found(shelf, "学籍 教材")
    assert (nothing.hits, nothing.total) == ((), 0)


def test_a_long_word_that_stands_nowhere_is_looked_for_in_pieces(shelf: Shelf) -> None:
    enter(shelf, make("civil.a", "低保人员"), make("civil.b", "人员名单"), make("civil.c", "低温保存"))
    some = found(shelf, "低保人员名单")
    assert (some.relaxed, [hit.dataset.key for hit in some.hits]) == (True, ["civil.a", "civil.b"])


def test_whether_words_are_found_together_is_not_told_of_what_is_hidden(shelf: Shelf) -> None:
    hidden = make("civil.secret", "低保处罚", sharing=Sharing.WITHHELD)
    enter(shelf, make("civil.a", "低保对象"), make("civil.b", "处罚决定"))
    before = found(shelf, "低保 处罚", facets=FACETS)
    enter(shelf, hidden)
    assert found(shelf, "低保 处罚", facets=FACETS) == before
    assert found(shelf, "", facets=FACETS).total == 2


def stocked(shelf: Shelf) -> None:
    enter(
        shelf,
        make("civil.a", "甲", tags=("救助", "民生"), owner_name="民政局"),
        make("civil.b", "乙", sharing=Sharing.UNCONDITIONAL, tags=("民生",), owner_name="民政局"),
        make("civil.c", "丙", sharing=Sharing.CONDITIONAL, owner_name="民政局", update_cycle="P1M"),
        make("health.d", "丁", sharing=Sharing.CONDITIONAL, owner=HEALTH, owner_name="卫健委", division=TENGZHOU),
        make("health.e", "戊", sharing=Sharing.WITHHELD, owner=HEALTH, owner_name="卫健委", tags=("机密主题",)),
    )


def test_facets_count_what_the_asker_may_know_of_and_nothing_else(shelf: Shelf) -> None:
    stocked(shelf)
    counted = found(shelf, "", facets=FACETS)
    assert counted.facets == {
        "department": (("civil", 3), ("health", 1)),
        "topic": (("民生", 2), ("救助", 1)),
        "sharing": (("conditional", 2), ("open", 1), ("unconditional", 1)),
        "tier": (("2", 3), ("3", 1)),
        "cycle": (("P1D", 3), ("P1M", 1)),
        "quality": (("none", 4),),
        "mine": (("yes", 2),),
    }
    assert counted.departments == {"civil": "民政局", "health": "卫健委"}
    assert found(shelf, "", PUBLIC, facets=FACETS).facets["department"] == (("civil", 1),)
    owner = make_subject(ZAOZHUANG, Tier.CITY, organisation=HEALTH)
    assert found(shelf, "", owner, facets=FACETS).facets["topic"][-1] == ("机密主题", 1)


def test_a_filter_narrows_every_count_but_its_own(shelf: Shelf) -> None:
    stocked(shelf)
    counted = found(shelf, "", facets=FACETS, filters={"sharing": "conditional"})
    assert counted.total == 2
    assert counted.facets["sharing"] == (("conditional", 2), ("open", 1), ("unconditional", 1))
    assert counted.facets["department"] == (("civil", 1), ("health", 1))
    both = found(shelf, "", facets=FACETS, filters={"sharing": "conditional", "department": "civil"})
    assert (both.total, both.facets["department"], both.facets["tier"]) == (
        1,
        (("civil", 1), ("health", 1)),
        (("2", 1),),
    )


def test_every_filter_narrows_and_a_strange_one_is_refused(shelf: Shelf) -> None:
    stocked(shelf)
    narrowed = {
        "topic": ("救助", ["civil.a"]), "tier": ("3", ["health.d"]), "cycle": ("P1M", ["civil.c"]),
        "quality": ("good", []), "mine": ("yes", ["civil.a", "civil.b"]), "owner": (HEALTH, ["health.d"]),
        "division": (TENGZHOU, ["health.d"]), "department": ("absent", []),
    }  # fmt: skip
    for name, (value, wanted) in narrowed.items():
        assert keys(shelf, "", filters={name: value}) == wanted, name
    with pytest.raises(BadAsk, match="expected one of department"):
        keys(shelf, "", filters={"colour": "red"})


def test_mine_to_use_comes_with_a_grant_and_goes_with_it(shelf: Shelf) -> None:
    stocked(shelf)
    shelf.parties.add_organisation(
        Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY, government=True)
    )
    grant = shelf.grant(make_grant(dataset="health.d", divisions=(), scope=None), NOW)
    mine = {"mine": "yes"}
    assert keys(shelf, "", filters=mine) == ["civil.a", "civil.b", "health.d"]
    assert [hit.mine for hit in found(shelf, "", facets=("mine",)).hits] == [True, True, False, True]
    later = shelf.catalogue.search(Wanted(filters=mine), ANYBODY, grant.end + timedelta(seconds=1))
    assert [hit.dataset.key for hit in later.hits] == ["civil.a", "civil.b"]


@pytest.mark.parametrize("words", ["", "信息"])
def test_pages_by_their_ends_show_everything_once_in_one_order(shelf: Shelf, words: str) -> None:
    enter(
        shelf,
        *(
            make(f"civil.d{n:02d}", ("信息", "信息表", "全部信息", "甲")[n % 4], "信息" if n % 3 else "乙", "其他信息")
            for n in range(30)
        ),
    )
    whole = keys(shelf, words, limit=100)
    pages: list[str] = []
    after: Place | None = None
    while True:
        page = found(shelf, words, limit=7, after=after)
        assert page.total == len(whole) == 30
        pages += [hit.dataset.key for hit in page.hits]
        after = page.following
        if after is None:
            break
    assert pages == whole
    assert keys(shelf, words, limit=7, start=10) == whole[10:17]


def test_a_registration_that_is_undone_is_never_found(shelf: Shelf) -> None:
    enter(shelf, make("civil.a", "原来的名称"))

    def undone() -> None:
        with writing(shelf.engine) as connection:
            datasets.register(connection, make("civil.a", "改过的名称"), NOW)
            datasets.register(connection, make("civil.b", "改过的名称"), NOW)
            datasets.get(connection, "civil.absent")

    with pytest.raises(Unknown):
        undone()
    assert keys(shelf, "改过的") == []
    assert keys(shelf, "原来的") == ["civil.a"]


def test_what_another_process_changes_is_found_at_the_next_look(shelf: Shelf) -> None:
    other = Shelf(shelf.engine, shelf.lake, shelf.pepper, shelf.token_key, shelf.ledger, randomness=counting())
    enter(shelf, make("civil.a", "第一版名称", "甲项"), make("civil.b", "乙"))
    assert keys(other, "第一版") == ["civil.a"]
    enter(
        shelf, make("civil.a", "第二版名称", "乙项", version="2.0.0", sharing=Sharing.WITHHELD), make("civil.0", "新的")
    )
    assert keys(other, "第一版") == keys(other, "甲项") == keys(other, "第二版") == []
    assert keys(other, "") == ["civil.0", "civil.b"]
    owner = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS)
    assert keys(other, "第二版", owner) == keys(other, "乙项", owner) == ["civil.a"]


def test_the_band_of_quality_is_that_of_the_newest_published_version(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, [low_income_row(1)]), NOW)
    poor = replace(make_verdict(shelf.lake, dataset, [low_income_row(2)], DAY + timedelta(days=1)))
    poor = replace(poor, scores=dict.fromkeys(poor.scores, 0.5))
    assert found(shelf, "", facets=("quality",)).facets["quality"] == (("good", 1),)
    shelf.publish(dataset, poor, NOW)
    assert found(shelf, "", facets=("quality",)).facets["quality"] == (("poor", 1),)
    shelf.withdraw(dataset.key, 2)
    assert found(shelf, "", facets=("quality",)).facets["quality"] == (("good", 1),)


def test_an_upgrade_enters_what_was_there_just_as_registering_does(shelf: Shelf) -> None:
    entered = [*corpus(12), make_dataset(tags=("救助", "低保"), description="说明")]
    enter(shelf, *entered)
    shelf.publish(entered[-1], make_verdict(shelf.lake, entered[-1], [low_income_row(1)]), NOW)
    owner = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS)
    asked = [
        Wanted(words, facets=FACETS, limit=50) for words in ("", "信用", "身份证号", "低保", "人口", "person", "说明")
    ]
    before = [shelf.catalogue.search(one, owner, NOW) for one in asked]
    downgrade_engine(shelf.engine, BEFORE)
    upgrade_engine(shelf.engine)
    again = Shelf(shelf.engine, shelf.lake, shelf.pepper, shelf.token_key, shelf.ledger, randomness=counting())
    assert [again.catalogue.search(one, owner, NOW) for one in asked] == before
    enter(again, make("civil.new", "升级以后"))
    assert keys(again, "升级以后", owner) == ["civil.new"]


def statements(shelf: Shelf) -> list[str]:
    told: list[str] = []
    event.listen(shelf.engine, "before_cursor_execute", lambda _c, _u, statement, *_: told.append(statement))
    return told


def test_a_search_costs_as_few_statements_for_many_datasets_as_for_few(shelf: Shelf) -> None:
    def count() -> list[int]:
        told, counts = statements(shelf), []
        for words in ("", "信息", "身份证号", "低保 处罚 学籍"):
            found(shelf, words, facets=FACETS)
            counts.append(len([one for one in told if not one.startswith(("BEGIN", "PRAGMA"))]))
            told.clear()
        return counts

    enter(shelf, *corpus(3))
    few = count()
    enter(shelf, *(make(f"many.d{n:03d}", "信息", "低保", "处罚") for n in range(60)))
    found(shelf, "")
    assert max(count()) <= max(few) + 1
