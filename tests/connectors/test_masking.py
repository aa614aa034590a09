"""A secret is struck out however whoever repeats it has written it."""

import html
import json
import secrets
from collections.abc import Callable
from functools import partial
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.masking import masked


def capitals(said: str) -> str:
    """JSON as .NET writes it."""
    units = said.encode("utf-16-be").hex().upper()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def of_php(said: str) -> str:
    return json.dumps(said).replace("/", r"\/")


def as_bytes(said: str) -> str:
    return repr(said.encode())


def of_gb18030(said: str) -> str:
    return quote(said, safe="", encoding="gb18030")


WRITERS: tuple[Callable[[str], str], ...] = (
    *(str, repr, json.dumps, partial(json.dumps, ensure_ascii=False), of_php),
    *(escape, html.escape, quoteattr, quote, partial(quote, safe=""), quote_plus, as_bytes, of_gb18030),
)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="QZ")
SECRETS = st.text(CHARACTERS | st.sampled_from("\\\\\"'`&%;#+/ <>\n25unx中😀"), min_size=1, max_size=12)


@given(SECRETS, st.sampled_from(WRITERS), st.sampled_from(WRITERS))
def test_nothing_remains_of_it_and_all_around_it_after_one_writer_and_another(
    secret: str, first: Callable[[str], str], then: Callable[[str], str]
) -> None:
    assert "QZ***ZQ" in masked(then(first(f"QZ{secret}ZQ")), secret)


@given(SECRETS)
def test_it_is_struck_out_where_every_character_is_coded(secret: str) -> None:
    numbers = [ord(one) for one in secret]
    in_xml = ("".join(f"&#{n};" for n in numbers), "".join(f"&#x{n:X};" for n in numbers))
    for form in (*in_xml, capitals(secret), "".join(f"%{byte:02x}" for byte in secret.encode())):
        assert masked(f"QZ{form}ZQ", secret) == "QZ***ZQ"


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (r"ab\/cd+e", "ab/cd+e"),
        (r"ab\u002Bcd", "ab+cd"),
        (r"\uD83D\uDE00pw", "\U0001f600pw"),
        (r"ab\\\/cd", "ab/cd"),
        (r"p\\\"w\\\\x", 'p"w\\x'),
        (r"it\'s", "it's"),
        (r"it\x27s", "it's"),
        ("it&#39;s", "it's"),
        ("it&apos;s", "it's"),
        ("a&#x2F;b", "a/b"),
        ("a&#00047;b", "a/b"),
        ("caf&eacute;", "café"),
        ("p&amp;amp;w", "p&w"),
        ("it&amp;#39;s", "it's"),
        ("ab%252Bcd", "ab+cd"),
        ("ab%25252bcd", "ab+cd"),
        (r"a\u005Cb", r"a\b"),
    ],
)
def test_forms_of_php_net_python_and_xml(said: str, secret: str) -> None:
    assert masked(f"before {said} after", secret) == "before *** after"
    assert masked("nothing of it", secret) == "nothing of it"


@pytest.mark.parametrize("piece", ["&#0", "&#0000", "\\", "%25", "25", "&amp;", "amp;", "%5C", "words of it, "])
@pytest.mark.parametrize("secret", ['"b', "\\b", "&b", "%b", "5-Ghp_x7dQ"])
def test_long_words_without_the_secret_come_to_an_end(piece: str, secret: str) -> None:
    for said in (piece * (500_000 // len(piece)), piece[:2] + piece[2:] * 100_000):
        assert masked(said, secret) == said


def test_a_long_secret_is_struck_out() -> None:
    secret = secrets.token_urlsafe(3000)
    assert masked(f"token={secret};", secret) == "token=***;"
