"""A secret is struck out however whoever repeats it has written it."""

import html
import json
from urllib.parse import quote, quote_plus
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.masking import masked


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12))
def test_every_writer_s_form_is_struck_out(secret: str) -> None:
    in_json = json.dumps(secret)[1:-1]
    plain = (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), escape(secret), html.escape(secret))
    of_json = (in_json, in_json.replace("/", r"\/"), json.dumps(secret, ensure_ascii=False)[1:-1])
    for form in (*plain, *of_json, "".join(f"&#{ord(one)};" for one in secret)):
        assert masked(form, secret) == "***"


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        (r'{"token":"ab\/cd+e"}', "ab/cd+e"),
        (r"ab\u002Bcd", "ab+cd"),
        ("it&#39;s", "it's"),
        ("a&#x2F;b", "a/b"),
        (quoteattr("a&'b"), "a&'b"),
    ],
)
def test_forms_of_php_net_and_xml(said: str, secret: str) -> None:
    assert "***" in masked(said, secret)
    assert masked("nothing of it", secret) == "nothing of it"
