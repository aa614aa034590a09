"""What a connection says of itself."""

import pytest

from schemas.connection import Connection
from schemas.dataset import Json
from schemas.errors import NotReady

SAYINGS: dict[bool, tuple[Json, ...]] = {
    True: (True, "true", "True", "1", 1),
    False: (False, "false", "False", "0", 0, "", None),
}


@pytest.mark.parametrize(
    ("said", "means"),
    [(one, means) for means, ones in SAYINGS.items() for one in ones],
)
def test_a_flag_means_what_it_says_in_json_and_in_a_uri(said: Json, means: bool) -> None:
    assert Connection("x", "smtp", extra={"disable_tls": said}).flag("disable_tls") is means
    assert not Connection("x", "smtp").flag("disable_tls")


@pytest.mark.parametrize("said", ["nein", "off ", 2, [True]])
def test_a_flag_that_says_neither_is_the_operator_s_to_mend(said: Json) -> None:
    with pytest.raises(NotReady, match=r"connection 'x': extra 'disable_tls': found .*, expected true or false"):
        Connection("x", "smtp", extra={"disable_tls": said}).flag("disable_tls")
