"""Around the import of Great Expectations: its analytics are off, and Python's collector rests meanwhile.

The import builds hundreds of thousands of objects that all stay; looking for garbage among them again and again costs
a twentieth of its time (5.77 s of processor time with it, 5.45 s without). What else it takes is scipy, pandas, altair
and SQLAlchemy, which Great Expectations imports whether they are used or not.
"""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Import Great Expectations inside; the second time it costs nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    resting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if resting:
            gc.enable()
