"""One look at a list of the queue, taken away from the GUI thread."""

from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.domain import receipts
from kiosk.services.answers import LineStatus
from kiosk.services.front_desk import FrontDesk
from kiosk.services.queue_answers import LedgerEntry, QueueEntry
from ui.words.ledger import ledger_entry, ledger_row
from ui.words.queue import EntryWords, QueueTab, RowWords, queue_entry, queue_row

Entry = QueueEntry | LedgerEntry
_MOST_LOOKS = 3
_LONGEST_TRAIL = 100


@dataclass(frozen=True, slots=True)
class Look:
    """What was read at one time; put into words in the same breath, away from the GUI thread.

    Attributes:
        waiting: How many go on by themselves.
        stopped: How many wait for a person.
        is_online: Whether the line is up; None while nobody knows.
        elsewhere: What stands under the chosen receipt, where it is not in the list.
    """

    rows: tuple[RowWords, ...]
    entries: Mapping[str, Entry]
    has_more: bool
    waiting: int
    stopped: int
    is_online: bool | None
    elsewhere: Entry | None


def look(desk: FrontDesk, tab: QueueTab, least: int, chosen: str | None) -> Look:
    """Read pages of a list, what stands under a receipt, and how many there are of all.

    What is told at one time must agree: where something moved meanwhile, it is read once more.

    Args:
        desk: Whom to ask.
        tab: Which list.
        least: How many rows are wanted; whole pages are read.
        chosen: The receipt whose details are shown.
    """
    before = desk.line_status()
    seen = _read(desk, tab, least, chosen, before)
    for _ in range(_MOST_LOOKS - 1):
        after = desk.line_status()
        if (before.waiting, before.parked) == (after.waiting, after.parked):
            break
        before = after
        seen = _read(desk, tab, least, chosen, before)
    return seen


def _read(
    desk: FrontDesk, tab: QueueTab, least: int, chosen: str | None, status: LineStatus
) -> Look:
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
    return Look(
        rows=tuple(_row_of(entry) for entry in entries),
        entries=known,
        has_more=place is not None,
        waiting=max(0, status.waiting - status.parked),
        stopped=status.parked,
        is_online=status.is_online,
        elsewhere=None if chosen is None or chosen in known else desk.find_in_queue(chosen),
    )


def _row_of(entry: Entry) -> RowWords:
    return ledger_row(entry) if isinstance(entry, LedgerEntry) else queue_row(entry)


def in_words(entry: Entry, *, is_online: bool | None) -> EntryWords:
    """Return all that is told of an entry.

    Args:
        entry: What is told of.
        is_online: Whether the line is up; None while nobody knows.
    """
    if isinstance(entry, LedgerEntry):
        return ledger_entry(entry)
    return queue_entry(entry, is_online=is_online)


@dataclass(frozen=True, slots=True)
class Trail:
    """What was found under a receipt, or under the one it was sent again as.

    Attributes:
        receipt: The one that was looked for, as it is printed.
        entry: The last of the trail; None where nothing stands under the receipt.
    """

    receipt: str
    entry: Entry | None

    @property
    def has_gone_on(self) -> bool:
        """Whether the wish was sent again under another receipt."""
        return self.entry is not None and self.entry.receipt != self.receipt


def follow(desk: FrontDesk, typed: str) -> Trail:
    """Find what stands under a receipt, and what became of it where it was sent again.

    Args:
        desk: Whom to ask.
        typed: A receipt, as it was typed.
    """
    entry = desk.find_in_queue(typed)
    asked = str(receipts.parse(typed)) if entry is None else entry.receipt
    for _ in range(_LONGEST_TRAIL):
        if not isinstance(entry, LedgerEntry) or entry.replaced_by is None:
            break
        later = desk.find_in_queue(entry.replaced_by)
        if later is None:
            break
        entry = later
    return Trail(asked, entry)
