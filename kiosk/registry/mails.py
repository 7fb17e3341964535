"""The sender: takes mails from the table, one at a time, and hands them to a mail server."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from types import TracebackType
from typing import Protocol

from kiosk.registry.keys import Keys
from kiosk.registry.letters import CannotWrite, Sender, write
from kiosk.registry.mail_failures import LineFailed, MailRefused
from kiosk.registry.outgoing_mails import Mail, OutgoingMails

_log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
SHORTEST_MS = 1_000
LONGEST_MS = 3_600_000
# A code is good for ten minutes: a server that is back must not be found an hour later.
LONGEST_UNREACHED_MS = 60_000
# A policy that stands against a mail may be our settings as well as the address.
TRIES_AGAINST_A_POLICY = 10
MAILS_A_SESSION = 100
_LEASE_FACTOR = 2
_STOP_SECONDS = 3.0


class Session(Protocol):
    """A way on which mails can be sent, from entering to leaving it."""

    def send(self, letter: EmailMessage, name: str) -> None:
        """Send one letter; ``name`` tells it from others.

        Raises:
            MailRefused: This one is not taken.
            LineFailed: No other will be either, now.
        """

    def cut(self) -> None:
        """End it from another thread, at once."""

    def __enter__(self) -> "Session":
        """Begin; raises LineFailed."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""


class Way(Protocol):
    """Where mails go.

    Attributes:
        sender: Who they come from.
        seconds: Bound on one mail, and on the beginning of a session.
        is_raw: Letters are for people's eyes, not for mail servers.
    """

    @property
    def sender(self) -> Sender:
        """As above."""

    @property
    def seconds(self) -> float:
        """As above."""

    @property
    def is_raw(self) -> bool:
        """As above."""

    def session(self) -> Session:
        """Return a session that is not begun."""


def wait_ms(tries: int, longest_ms: int = LONGEST_MS) -> int:
    """Return how long to wait after a failed try, with jitter: 1 s, twice as long each time.

    Args:
        tries: So far, from 1.
        longest_ms: No longer than this.
    """
    ceiling = min(longest_ms, SHORTEST_MS * 2 ** min(tries, 30))
    return random.randint(max(SHORTEST_MS, ceiling // 2), ceiling)  # noqa: S311 - no secret


class Postman:
    """Sends what is due, until it is stopped; what failed is tried later.

    Args:
        mails: The table.
        keys: Give each mail its Message-ID.
        way: Where mails go; None where nothing is set up, and they wait.
        poll_seconds: How often is looked whether something is due.
        monotonic: Seconds that never run backwards.
    """

    def __init__(
        self,
        mails: OutgoingMails,
        keys: Keys,
        way: Way | None,
        poll_seconds: float = POLL_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mails = mails
        self._keys = keys
        self._way = way
        self._poll_seconds = poll_seconds
        self._monotonic = monotonic
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mails", daemon=True)
        self._session: Session | None = None
        self._line_failures = 0
        self._line_free_at = 0.0
        self._has_noted = False
        self._has_swept = False
        # Sent, and not yet noted as such, because the database failed.
        self._unmarked: Mail | None = None

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End; a mail that is under way has a moment to be answered."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        session = self._session
        if self._thread.is_alive() and session is not None:
            session.cut()
            self._thread.join(_STOP_SECONDS)

    def work(self) -> None:
        """Do what is due now; once."""
        # The first time in any case: with it comes the registry's time, which may be far ahead.
        if not self._has_swept or self._mails.is_anything_over():
            self._mails.sweep()
            self._has_swept = True
        if self._way is None or self._is_line_resting():
            return
        if self._unmarked is not None:
            self._mark(self._unmarked)
        if self._mails.is_anything_due():
            self._deliver(self._way)

    def _is_line_resting(self) -> bool:
        # Another process may have found it well, or somebody asks for a try.
        return self._monotonic() < self._line_free_at and self._mails.is_line_failing()

    def _run(self) -> None:
        is_well = True
        if self._way is None:
            _log.info("mail_has_no_way")
        while not self._stopping.is_set():
            try:
                self.work()
                is_well = True
            except Exception as failure:  # noqa: BLE001
                # The database is held or full, say: whatever it is, the next look finds out.
                if is_well:
                    _log.error("mail_stumbled", extra={"error": failure})
                is_well = False
            self._stopping.wait(self._poll_seconds)

    def _deliver(self, way: Way) -> None:
        try:
            self._session = session = way.session()
            with session:
                for _ in range(MAILS_A_SESSION):
                    mail = None if self._stopping.is_set() else self._claim(way)
                    if mail is None:
                        break
                    self._send(way, session, mail)
        except LineFailed as failure:
            self._line_failed(failure)
        else:
            self._line_held()
        finally:
            self._session = None

    def _claim(self, way: Way) -> Mail | None:
        return self._mails.claim(int(way.seconds * 1000) * _LEASE_FACTOR)

    def _send(self, way: Way, session: Session, mail: Mail) -> None:
        try:
            mark = self._keys.mail_mark(mail.row, mail.at)
            letter = write(mail, way.sender, mark, is_raw=way.is_raw)
            session.send(letter, f"{mail.row:06d}-{mail.what}")
        except CannotWrite as odd:
            self._mails.set_aside(mail, odd.cause)
            _log.error("mail_set_aside", extra={"number": mail.row})
        except MailRefused as refusal:
            self._refused(mail, refusal)
        except LineFailed as failure:
            # It may have arrived: it goes again, with the same Message-ID.
            self._mails.postpone(mail, failure.cause, wait_ms(mail.attempts))
            raise
        except Exception as failure:  # noqa: BLE001
            # One mail at which the program stumbles holds up no other.
            self._mails.postpone(mail, "internal", wait_ms(mail.attempts + 6))
            _log.error("mail_stumbled", extra={"number": mail.row, "error": failure})
        else:
            self._mark(mail)

    def _refused(self, mail: Mail, refusal: MailRefused) -> None:
        is_tried_again = not refusal.is_final or (
            refusal.is_policy and mail.attempts < TRIES_AGAINST_A_POLICY
        )
        if is_tried_again:
            # A server that says "later" means minutes.
            self._mails.postpone(mail, refusal.cause, wait_ms(mail.attempts + 5))
        else:
            self._mails.set_aside(mail, refusal.cause)
        _log.warning("mail_refused", extra={"number": mail.row})

    def _mark(self, mail: Mail) -> None:
        self._unmarked = mail
        self._mails.sent(mail)
        self._unmarked = None
        _log.info("mail_sent", extra={"number": mail.row})

    def _line_failed(self, failure: LineFailed) -> None:
        self._line_failures += 1
        longest = LONGEST_MS if failure.is_about_who_we_are else LONGEST_UNREACHED_MS
        wait = wait_ms(self._line_failures, longest)
        self._line_free_at = self._monotonic() + wait / 1000
        if self._line_failures == 1:
            _log.warning("mail_line_failed")
        self._has_noted = True
        self._mails.note_line(failure.cause)

    def _line_held(self) -> None:
        if self._line_failures:
            _log.info("mail_line_back")
        if self._line_failures or not self._has_noted:
            self._mails.note_line(None)
        self._line_failures = 0
        self._has_noted = True


@contextmanager
def sending(postman: Postman) -> Iterator[None]:
    """While entered, let a postman send."""
    postman.start()
    try:
        yield
    finally:
        postman.stop()
