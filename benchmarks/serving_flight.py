"""Arrow Flight over the same rows as `/rows` serves, in a process of its own: `python -m benchmarks.serving_flight`."""

import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import flight

from benchmarks.serving_server import DATASET, PURPOSE
from catalog.rows.reader import RowReader
from catalog.shelf import Shelf, open_shelf
from schemas.access import Ask, Mode
from schemas.journey import SHANGHAI
from schemas.settings import read_settings


class Rows(flight.FlightServerBase):  # type: ignore[misc] # pyarrow has no types
    """A ticket is `credential grant`: the rule is asked as the API asks it, without a receipt."""

    def __init__(self, shelf: Shelf, port: int) -> None:
        super().__init__(f"grpc://127.0.0.1:{port}")
        self._shelf = shelf

    def do_get(self, _context: object, ticket: flight.Ticket) -> flight.FlightDataStream:
        """The batches of the very reader that the API streams."""
        reader = self._reader(*ticket.ticket.decode().split())
        return flight.GeneratorStream(reader.schema, (batch for batch in reader if batch.num_rows))

    def _reader(self, credential: str, grant: str) -> RowReader:
        now = datetime.now(SHANGHAI)
        subject = self._shelf.parties.subject(credential, now)
        return self._shelf.open_rows(self._shelf.decide(Ask(subject, DATASET, Mode.BULK, PURPOSE, now, grant=grant)))


def main() -> None:
    """Serve until told to stop."""
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    Rows(open_shelf(read_settings({"YISHU_HOME": str(home)}, home)), port).serve()


def fetched(port: int, ticket: str) -> pa.Table:
    """The rows, decoded by the client."""
    with flight.connect(f"grpc://127.0.0.1:{port}") as client:
        return client.do_get(flight.Ticket(ticket.encode())).read_all()


if __name__ == "__main__":
    main()
