"""A failing assert of the suite shows what it compared."""

import pytest

pytest.register_assert_rewrite("connectors.conformance")
