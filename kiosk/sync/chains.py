"""What this device tells the registry of its audit, and what it hears of it."""

import threading
from collections import OrderedDict

from kiosk.clocks import Clock
from kiosk.domain.audit_chains import Head
from kiosk.store.outboxes import Outbox
from kiosk.wire.messages import ChainMessage, HeadMessage, PushResponse

_MOST_SAID = 32


class ChainTeller:
    """Keeps the heads that were said in this run, and the one that the registry holds.

    May be used from several threads: deliveries are on their way two at a time.

    Args:
        outbox: Of the device.
        clock: This machine's time.
    """

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._lock = threading.Lock()
        self._said: OrderedDict[Head, None] = OrderedDict()
        self._known: Head | None = None
        self._contradicted: Head | None = None

    @property
    def known(self) -> Head | None:
        """The head that the registry was last heard to hold, where this chain has it."""
        return None if self._known == self._contradicted else self._known

    def word(self) -> ChainMessage:
        """Return what goes with the next delivery."""
        with self._lock:
            known = self._known
        chain = self._outbox.chain(None if known is None else known.number)
        with self._lock:
            self._said[chain.head] = None
            while len(self._said) > _MOST_SAID:
                self._said.popitem(last=False)
        return ChainMessage(
            head=HeadMessage(number=chain.head.number, link=chain.head.link),
            restorations=chain.restorations,
            at=chain.at,
            link=chain.link,
        )

    def hear(self, response: PushResponse) -> bool:
        """Take in what the registry holds; True where this chain never had it.

        That is written down once, and said to the registry with the next word.
        """
        if response.audit is None:
            return False
        told = Head(response.audit.number, response.audit.link)
        with self._lock:
            self._known = told
            is_own = told in self._said
        if (
            is_own
            or told == self._contradicted
            or self._outbox.chain(told.number).link == told.link
        ):
            return False
        self._contradicted = told
        self._outbox.contradicted(told, self._clock.now_ms())
        return True
