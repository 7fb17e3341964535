"""The mails that are to be sent: a table, of which each try takes one under a lease.

No mail server is spoken to within a transaction of this module. A mail is sent at least once: who
dies between sending and ``sent`` leaves it to whoever claims it when the lease is over.
"""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import msgspec
from sqlalchemy import Engine

from kiosk.database.engines import reading, writing
from kiosk.database.statements import driver_of
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.times import RegistryTimes

_DAY_MS = 24 * 3600 * 1000
KEPT_MS = 30 * _DAY_MS
"""How long it is tried to tell somebody what was done."""
SHOWN_MS = 7 * _DAY_MS
"""How long it can be seen that a mail was not sent, when its words are gone."""

PUT = (
    "INSERT INTO outgoing (at, what, person_id, address, content, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_LINE = "mail_line"
_BLANK = ""
_NEXT_EXPIRY = "SELECT min(expires_at) FROM outgoing"
_NEXT_DUE = "SELECT min(max(not_before, claimed_until)) FROM outgoing WHERE set_aside_at IS NULL"
# What ends soonest goes first: codes before notices, and of each the oldest.
_DUE = (
    "SELECT id, at, what, person_id, address, content, attempts, expires_at FROM outgoing"
    " WHERE set_aside_at IS NULL AND not_before <= :now AND claimed_until <= :now"
    " AND expires_at > :now ORDER BY expires_at LIMIT 1"
)
_CLAIM = "UPDATE outgoing SET claimed_until = ?, attempts = attempts + 1 WHERE id = ?"
_OVER = (
    "SELECT id, what, person_id, content FROM outgoing"
    " WHERE expires_at <= :now AND claimed_until <= :now"
)
_BLANK_IT = (
    "UPDATE outgoing SET address = '', content = '', set_aside_at = coalesce(set_aside_at, :now),"
    " last_error = CASE WHEN set_aside_at IS NULL THEN 'expired' ELSE last_error END,"
    " expires_at = :until WHERE id = :row"
)
_DROP = "DELETE FROM outgoing WHERE id = ?"
_POSTPONE = (
    "UPDATE outgoing SET claimed_until = 0, not_before = ?, last_error = ?"
    " WHERE id = ? AND claimed_until = ?"
)
_SET_ASIDE = (
    "UPDATE outgoing SET claimed_until = 0, set_aside_at = ?, last_error = ?"
    " WHERE id = ? AND claimed_until = ?"
)
_AGAIN = (
    "UPDATE outgoing SET set_aside_at = NULL, not_before = 0, attempts = 0, last_error = NULL"
    " WHERE content <> '' AND (set_aside_at IS NOT NULL OR not_before > 0)"
    " AND (:all OR id IN (SELECT value FROM json_each(:ids)))"
)
_LIST = (
    "SELECT id, at, what, person_id, address, attempts, not_before, set_aside_at, last_error"
    " FROM outgoing WHERE last_error IS NOT NULL ORDER BY set_aside_at IS NULL, id LIMIT ?"
)
_COUNT = (
    "SELECT what, set_aside_at IS NOT NULL, count(*), min(at) FROM outgoing"
    " GROUP BY what, set_aside_at IS NOT NULL"
)
_KEEP_LINE = "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)"
_FORGET_LINE = "DELETE FROM meta WHERE name = ?"
_READ_LINE = "SELECT value FROM meta WHERE name = ?"


class MailKind(StrEnum):
    """What a mail is about."""

    EMAIL_CODE = "email_code"
    REGISTERED = "registered"
    PASSWORD_RESET = "password_reset"
    EMAIL_CHANGED = "email_changed"
    EMAIL_KEPT = "email_kept"
    EMAIL_SET = "email_set"


class MailContent(msgspec.Struct, omit_defaults=True):
    """What a mail says besides its kind.

    Attributes:
        person: The name by which they are called; empty where it may be a stranger's address.
        device: Code of the device at which it was asked for.
        late: It may have been asked for before it came to the registry.
        code: Six digits, for a code.
        purpose: What the code is for.
    """

    person: str = ""
    device: str = ""
    device_name: str = ""
    site: str = ""
    receipt: str = ""
    late: bool = False
    code: str = ""
    purpose: str = ""

    def __repr__(self) -> str:
        return "MailContent(…)"

    def text(self) -> str:
        """Return it as it is kept."""
        return msgspec.json.encode(self).decode()


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail, claimed.

    Attributes:
        row: Its number.
        at: When what it is about was done, milliseconds since 1970, UTC.
        what: A ``MailKind``, or what a newer program has put there.
        attempts: This one included.
        claimed_until: End of the lease, by the registry's time.
    """

    row: int
    at: int
    what: str
    person_id: str = field(repr=False)
    address: str = field(repr=False)
    content: str = field(repr=False)
    attempts: int
    claimed_until: int


@dataclass(frozen=True, slots=True)
class Troubled:
    """A mail that could not be sent so far.

    Attributes:
        address: Empty where the mail is over, and its words are gone.
        not_before: When it is tried again, milliseconds since 1970.
        set_aside_at: When it was given up; None for one that is tried again.
        last_error: As ``kiosk.registry.mail_failures`` names it.
    """

    row: int
    at: int
    what: str
    person_id: str = field(repr=False)
    address: str = field(repr=False)
    attempts: int
    not_before: int
    set_aside_at: int | None
    last_error: str


@dataclass(frozen=True, slots=True)
class MailStanding:
    """How the outgoing mail stands.

    Attributes:
        waiting: How many, by kind.
        set_aside: How many, by kind.
        oldest_at: Of those that wait, milliseconds since 1970; None where none does.
        line_error: Why the last connection came to nothing; None where it did not.
        line_at: When that was.
        troubled: Those set aside first.
    """

    waiting: dict[str, int]
    set_aside: dict[str, int]
    oldest_at: int | None
    line_error: str | None
    line_at: int | None
    troubled: tuple[Troubled, ...]


class OutgoingMails:
    """The table; may be used from any thread, and beside other processes that do.

    Args:
        engine: The registry's database.
        times: The registry's time, by which leases and waits are measured.
    """

    def __init__(self, engine: Engine, times: RegistryTimes) -> None:
        self._engine = engine
        self._times = times

    def is_anything_over(self) -> bool:
        """Tell whether ``sweep`` would find something; cheap."""
        return self._is_past(_NEXT_EXPIRY)

    def is_anything_due(self) -> bool:
        """Tell whether ``claim`` might find something; no writer waits for it."""
        return self._is_past(_NEXT_DUE)

    def sweep(self) -> int:
        """Take the words from what is over, and what was shown long enough away; return how many.

        A code that is void says nothing to anybody any more, whatever became of it.
        """
        with writing(self._engine) as driver:
            now = self._times.now(driver)
            over = driver.execute(_OVER, {"now": now}).fetchall()
            for row, what, person_id, content in over:
                if content == _BLANK:
                    driver.execute(_DROP, (row,))
                else:
                    driver.execute(_BLANK_IT, {"now": now, "until": now + SHOWN_MS, "row": row})
                    _note(driver, now, "mail_expired", person_id, what)
        return len(over)

    def claim(self, lease_ms: int) -> Mail | None:
        """Take the mail that is most urgent, or None.

        Args:
            lease_ms: After which another may take it; longer than any try.
        """
        with writing(self._engine) as driver:
            now = self._times.now(driver)
            found = driver.execute(_DUE, {"now": now}).fetchone()
            if found is None:
                return None
            row, at, what, person_id, address, content, attempts, _ = found
            driver.execute(_CLAIM, (now + lease_ms, row))
        return Mail(row, at, what, person_id, address, content, attempts + 1, now + lease_ms)

    def sent(self, mail: Mail) -> None:
        """Forget a mail that was sent, also where another has claimed it meanwhile."""
        with writing(self._engine) as driver:
            if driver.execute(_DROP, (mail.row,)).rowcount:
                _note(driver, self._times.now(driver), "mail_sent", mail.person_id, mail.what)

    def postpone(self, mail: Mail, error: str, wait_ms: int) -> None:
        """Give a mail back, to be tried again after a while."""
        with writing(self._engine) as driver:
            now = self._times.now(driver)
            driver.execute(_POSTPONE, (now + wait_ms, error, mail.row, mail.claimed_until))

    def set_aside(self, mail: Mail, error: str) -> None:
        """Try a mail no more, until somebody asks for it."""
        with writing(self._engine) as driver:
            now = self._times.now(driver)
            if driver.execute(_SET_ASIDE, (now, error, mail.row, mail.claimed_until)).rowcount:
                detail = f"{mail.what}: {error}"
                _note(driver, now, "mail_set_aside", mail.person_id, detail)

    def retry(self, rows: Iterable[int] | None) -> int:
        """Let mails be tried at once, those set aside as well; return how many.

        Args:
            rows: Their numbers; None for all.
        """
        values = {"all": rows is None, "ids": json.dumps(list(rows or ()))}
        with writing(self._engine) as driver:
            # Whoever waits for the line to be better need not: see is_line_failing.
            driver.execute(_FORGET_LINE, (_LINE,))
            return driver.execute(_AGAIN, values).rowcount

    def note_line(self, error: str | None) -> None:
        """Keep why no connection came about, for whoever looks; None when one did."""
        with writing(self._engine) as driver:
            if error is None:
                driver.execute(_FORGET_LINE, (_LINE,))
                return
            said = json.dumps({"error": error, "at": self._times.now(driver)}).encode()
            driver.execute(_KEEP_LINE, (_LINE, said))

    def is_line_failing(self) -> bool:
        """Tell whether the last word on the line is that it failed; anybody's who uses it."""
        with reading(self._engine).connect() as connection:
            return driver_of(connection).execute(_READ_LINE, (_LINE,)).fetchone() is not None

    def standing(self, limit: int) -> MailStanding:
        """Return how many mails there are, and the first that are in trouble."""
        with reading(self._engine).connect() as connection:
            driver = driver_of(connection)
            counts = driver.execute(_COUNT).fetchall()
            line = driver.execute(_READ_LINE, (_LINE,)).fetchone()
            troubled = driver.execute(_LIST, (limit,)).fetchall()
        said = {} if line is None else json.loads(line[0])
        return MailStanding(
            waiting={what: count for what, aside, count, _ in counts if not aside},
            set_aside={what: count for what, aside, count, _ in counts if aside},
            oldest_at=min((at for _, aside, _, at in counts if not aside), default=None),
            line_error=said.get("error"),
            line_at=said.get("at"),
            troubled=tuple(Troubled(*row) for row in troubled),
        )

    def _is_past(self, statement: str) -> bool:
        with reading(self._engine).connect() as connection:
            instant = driver_of(connection).execute(statement).fetchone()[0]
        return instant is not None and instant <= self._times.glance()


def _note(driver: sqlite3.Connection, at: int, what: str, person_id: str, detail: str) -> None:
    """Write into the audit that a mail went, or did not; never to which address."""
    append(driver, [Event(at, what, person_id=person_id, detail=detail)])
