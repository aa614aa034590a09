"""Every SQL table of the catalogue, from the rooms that define them: what the migrations must arrive at exactly."""

from catalog import tables
from catalog.cards import tables as of_cards
from catalog.clocks import tables as of_clocks
from catalog.collection import tables as of_collection
from catalog.confirming import tables as of_matters
from catalog.consents import tables as of_consents
from catalog.corrections import tables as of_corrections
from catalog.deeds import tables as of_deeds
from catalog.delivery import tables as of_deliveries
from catalog.entries import tables as of_entries
from catalog.following import tables as of_follows
from catalog.harvest import tables as of_harvests
from catalog.inbox import tables as of_pushes
from catalog.lineage import tables as of_lineage
from catalog.lists import tables as of_lists
from catalog.mending import tables as of_mending
from catalog.nodes import tables as of_nodes
from catalog.requests import tables as of_requests
from catalog.returning import tables as of_returns
from catalog.territory import tables as of_territory

ROOMS = (
    tables,
    of_cards,
    of_clocks,
    of_collection,
    of_consents,
    of_corrections,
    of_deeds,
    of_deliveries,
    of_entries,
    of_follows,
    of_harvests,
    of_lineage,
    of_lists,
    of_matters,
    of_mending,
    of_requests,
    of_nodes,
    of_pushes,
    of_returns,
    of_territory,
)
METADATA = tables.METADATA
