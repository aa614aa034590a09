"""Around the import of Great Expectations: its analytics are off, and Python's collector rests meanwhile.

The import builds hundreds of thousands of objects that all stay; looking for garbage among them again and again costs
a twentieth of its time (5.77 s of processor time with it, 5.45 s without). Afterwards it does not look at them again:
each check would pay for that, and each forked worker with a copy of its own. What else the import takes is scipy,
pandas, altair and SQLAlchemy, which Great Expectations imports whether they are used or not.
"""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def starting() -> Iterator[None]:
    """Import Great Expectations inside; the second time it costs nothing."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    resting, there = gc.isenabled(), "great_expectations" in sys.modules
    gc.disable()
    try:
        yield
    finally:
        if not there:
            gc.freeze()
        if resting:
            gc.enable()
