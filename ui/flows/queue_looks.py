"""One look at a list of the queue, taken away from the GUI thread."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.services.front_desk import FrontDesk
from kiosk.services.queue_answers import LedgerEntry, QueueEntry
from ui.words.ledger import ledger_entry, ledger_row
from ui.words.queue import EntryWords, QueueTab, RowWords, queue_entry, queue_row

Entry = QueueEntry | LedgerEntry


@dataclass(frozen=True, slots=True)
class Look:
    """What was read at one time; put into words in the same breath, away from the GUI thread.

    Attributes:
        elsewhere: What stands under the chosen receipt, where it is not in the list.
    """

    rows: tuple[RowWords, ...]
    entries: Mapping[str, Entry]
    has_more: bool
    waiting: int
    stopped: int
    elsewhere: Entry | None


def look(desk: FrontDesk, tab: QueueTab, least: int, chosen: str | None) -> Look:
    """Read pages of a list, and what stands under a receipt.

    Args:
        desk: Whom to ask.
        tab: Which list.
        least: How many rows are wanted; whole pages are read.
        chosen: The receipt whose details are shown.
    """
    entries: list[Entry] = []
    place: int | None = None
    while True:
        if tab is QueueTab.ANSWERED:
            answered = desk.ledger_page(place)
            entries += answered.entries
            place = answered.more_before
        else:
            page = desk.queue_page(place, parked=tab is QueueTab.STOPPED)
            entries += page.entries
            place = page.more_after
        if place is None or len(entries) >= least:
            break
    known = {entry.receipt: entry for entry in entries}
    status = desk.line_status()
    return Look(
        rows=tuple(_row_of(entry) for entry in entries),
        entries=known,
        has_more=place is not None,
        waiting=status.waiting,
        stopped=status.parked,
        elsewhere=None if chosen is None or chosen in known else desk.find_in_queue(chosen),
    )


def _row_of(entry: Entry) -> RowWords:
    return ledger_row(entry) if isinstance(entry, LedgerEntry) else queue_row(entry)


def in_words(entry: Entry) -> EntryWords:
    """Return all that is told of an entry."""
    return ledger_entry(entry) if isinstance(entry, LedgerEntry) else queue_entry(entry)
