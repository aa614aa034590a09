"""Files that nginx sends in our place: decided and on record here, then handed over by `X-Accel-Redirect`.

Only where the setting names an address, the ask came through an nginx that says it can, and the file is spliced and
small: a longer answer is decided anew while it leaves, which only who sends it can do.
"""

from collections.abc import Mapping

from fastapi.responses import Response

from api.caller import Call
from api.ranged import PARQUET
from api.served import hand_over
from catalog.lake.where import desk
from catalog.rows.cut import keep
from catalog.rows.splice import Splice

ABLE = ("x-sendfile-type", "X-Accel-Redirect")
"""What nginx adds to each ask when it can be handed files; Rack named it."""
MOST = 64 << 20
"""Bytes of a file that is handed over."""


def handed(call: Call, made: Splice, headers: Mapping[str, str]) -> Response | None:
    """The answer without a body from which nginx goes on, ranges and all; None where we send the bytes ourselves."""
    address, request = call.desk.settings.x_accel, call.request
    if not address or request.method != "GET" or request.headers.get(ABLE[0]) != ABLE[1] or made.size > MOST:
        return None
    file = keep(made, desk(call.desk.shelf.lake) / "cuts", call.now)
    hand_over(request, file.digest, file.size)
    return Response(headers={**headers, ABLE[1]: address + file.path.name}, media_type=PARQUET)
