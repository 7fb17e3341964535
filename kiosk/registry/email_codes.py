"""Sending six digits to the address a person had on file: what is asked for, and never answered.

Whoever asks is told the same whatever was found: the code, or nothing, goes to the mailbox alone.
"""

import secrets
import sqlite3

from sqlalchemy import Engine

from kiosk.database.statements import driver_of
from kiosk.domain import email_codes
from kiosk.domain.decisions import belongs_together
from kiosk.domain.email_codes import CodeState, is_settled
from kiosk.domain.gates import Gate
from kiosk.domain.operations import Claim, OperationKind
from kiosk.domain.people import MembershipStatus, Person
from kiosk.domain.receipts import is_device_code
from kiosk.domain.release_codes import GUARDED
from kiosk.domain.throttles import Tally, failed, hold_of
from kiosk.registry.audit_trails import Event, append
from kiosk.registry.clocks import Clock
from kiosk.registry.feeds import instant_of
from kiosk.registry.keys import Keys
from kiosk.registry.operations import NotADevice
from kiosk.registry.outgoing_mails import PUT, MailContent, MailKind
from kiosk.registry.people import named_by
from kiosk.registry.policies import Policies
from kiosk.registry.throttles import ANYWHERE, COUNT, read_standing
from kiosk.registry.times import RegistryTimes

_FIND = (
    "SELECT issued_at, tries, sendings, window_at FROM email_codes"
    " WHERE subject = ? AND device = ? AND purpose = ?"
)
_KEEP = (
    "INSERT OR REPLACE INTO email_codes"
    " (subject, device, purpose, digest, issued_at, tries, sendings, window_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_PLACE = "SELECT name, site FROM devices WHERE device = ?"


class EmailCodes:
    """Makes codes and puts them into the outgoing mail, in one transaction.

    Args:
        engine: The registry's database.
        keys: Digests codes.
        times: The registry's time.
        policies: What is asked of each device.
        clock: By which the feed says when an address was set; it may have been put right since,
            where the registry's time goes on.
    """

    def __init__(
        self,
        engine: Engine,
        keys: Keys,
        times: RegistryTimes,
        policies: Policies,
        clock: Clock,
    ) -> None:
        self._clock = clock
        self._engine = engine
        self._keys = keys
        self._times = times
        self._policies = policies

    def request(self, device: str, purpose: OperationKind, claim: Claim) -> None:
        """Send a code to whom a claim fits, where the device's gate asks for one.

        A claim that fits nobody counts as a failed identity check.

        Raises:
            NotADevice: The device's code is none.
        """
        if not is_device_code(device):
            raise NotADevice
        if purpose not in GUARDED or self._policies.gate_of(device) is not Gate.EMAIL_CODE:
            return
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            now = self._times.now(driver)
            person = named_by(driver, claim)
            if not self._may_try(driver, device, claim, person, now):
                return
            if person is None or not belongs_together(purpose, claim, person):
                self._count(driver, device, claim, person, now)
                append(driver, [Event(now, "email_code_refused", device)])
            elif person.status is MembershipStatus.ACTIVE and self._may_be_sent(driver, person):
                self._send(driver, device, purpose, person, now)

    def _may_be_sent(self, driver: sqlite3.Connection, person: Person) -> bool:
        if person.email is None:
            return False
        set_here = person.email_changed_by is not None
        set_at = instant_of(driver, person.email_changed_at) if set_here else None
        return is_settled(set_at, self._clock())

    def _may_try(
        self, driver: sqlite3.Connection, device: str, claim: Claim, person: Person | None, now: int
    ) -> bool:
        subjects = self._keys.subjects_of(claim, person)
        standing = read_standing(driver, device, subjects)
        return hold_of(standing.pairs.values(), now) is None

    def _count(
        self, driver: sqlite3.Connection, device: str, claim: Claim, person: Person | None, now: int
    ) -> None:
        subjects = self._keys.subjects_of(claim, person)
        standing = read_standing(driver, device, subjects)
        for one in subjects:
            tally = failed(standing.pairs.get(one, Tally()), now)
            driver.execute(COUNT, (one, device, tally.failures, tally.at))
        if person is not None:
            tally = failed(standing.anywhere.get(subjects[-1], Tally()), now)
            driver.execute(COUNT, (subjects[-1], ANYWHERE, tally.failures, tally.at))

    def _send(
        self,
        driver: sqlite3.Connection,
        device: str,
        purpose: OperationKind,
        person: Person,
        now: int,
    ) -> None:
        subject = self._keys.subject_of_person(person.person_id)
        key = (subject, device, purpose.value)
        row = driver.execute(_FIND, key).fetchone()
        state = email_codes.next_sending(None if row is None else CodeState(*row), now)
        if state is None:
            return
        code = f"{secrets.randbelow(10**email_codes.DIGITS):0{email_codes.DIGITS}d}"
        digest = self._keys.email_code(*key, code)
        driver.execute(
            _KEEP,
            (*key, digest, state.issued_at, state.tries, state.sendings, state.window_at),
        )
        append(
            driver, [Event(now, "email_code_made", device, None, person.person_id, purpose.value)]
        )
        name, site = driver.execute(_PLACE, (device,)).fetchone() or ("", "")
        content = MailContent(
            code=code,
            purpose=purpose.value,
            person=person.shown_name,
            device=device,
            device_name=name or "",
            site=site or "",
        )
        mail = (MailKind.EMAIL_CODE.value, person.person_id, person.email, content.text())
        driver.execute(PUT, (now, *mail, now + email_codes.VALID_MS))
