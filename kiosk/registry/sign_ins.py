"""Signing in: one candidate, one verification, one generic answer until the password is right."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import msgspec
from sqlalchemy import Engine, bindparam, update

from kiosk.database.engines import reading
from kiosk.database.statements import DATABASE_FAILURES
from kiosk.domain import emails, passwords
from kiosk.domain.cards import CardFormat
from kiosk.domain.forms import LONGEST_IDENTIFIER
from kiosk.domain.identifiers import Identifier, classify
from kiosk.domain.people import Person
from kiosk.domain.receipts import is_device_code
from kiosk.domain.sign_in import Candidate, SignInResult, choose_candidate, judge, ways_in
from kiosk.domain.throttles import Hold
from kiosk.registry.operations import NotADevice
from kiosk.registry.password_hashes import PasswordHashes
from kiosk.registry.people import Account, find
from kiosk.registry.sealing_keys import SealingKeys
from kiosk.registry.tables import people
from kiosk.registry.throttles import Throttle
from kiosk.wire.messages import AccountView, SignInBody, SignInRequest, SignInResponse
from kiosk.wire.sealed_bodies import CannotOpen, open_sealed, sign_in_binding

_log = logging.getLogger(__name__)
_BODY = msgspec.json.Decoder(SignInBody)
# Only while the hash is still the one that was verified: a reset may have come between.
_HASH_ANEW = (
    update(people)
    .where(people.c.person_id == bindparam("key"), people.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """What is sent, and what may be done after it was.

    Attributes:
        afterwards: Hashes the password anew with today's parameters; None where nothing is due.
    """

    response: SignInResponse
    afterwards: Callable[[], None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Found:
    candidate: Candidate = field(repr=False)
    account: Account = field(repr=False)


class SignIns:
    """Verifies passwords. Each attempt keeps a thread busy and holds no transaction meanwhile.

    Args:
        engine: The registry's database.
        sealing: Opens what devices sealed.
        hashes: The password hashes.
        card_format: How this plan's cards look.
        throttle: Counts the attempts.
    """

    def __init__(
        self,
        engine: Engine,
        sealing: SealingKeys,
        hashes: PasswordHashes,
        card_format: CardFormat,
        throttle: Throttle,
    ) -> None:
        self._engine = engine
        self._sealing = sealing
        self._reading = reading(engine)
        self._hashes = hashes
        self._card_format = card_format
        self._throttle = throttle

    def attempt(self, request: SignInRequest) -> SignInAnswer:
        """Answer one attempt after exactly one verification, whoever was named.

        One that is held for what was typed there is answered as a wrong one without any: that it is
        held shows nothing but what the same device has done before.

        Raises:
            NotADevice: The device's code is none.
            CannotOpen: It is not sealed to this registry, or not for this attempt.
        """
        if not is_device_code(request.device):
            raise NotADevice
        asked = self._opened(request)
        found = self._find(asked.identifier)
        person_id = None if found is None else found.candidate.person.person_id
        attempt = self._throttle.begin(request.device, asked.identifier, person_id)
        if attempt.hold is not None:
            if attempt.is_held_by_person:
                self._hashes.verify("", None)
            is_called = attempt.hold is Hold.SWEEPING
            return SignInAnswer(
                SignInResponse(result=SignInResult.NO_MATCH, calls_attendant=is_called)
            )
        password = _normalised(asked.password)
        stored = None if found is None or password is None else found.account.password_hash
        matches = self._hashes.verify(password or "", stored)
        if found is None or password is None or stored is None:
            return SignInAnswer(SignInResponse(result=SignInResult.NO_MATCH))
        result = judge(found.candidate, password_matches=matches)
        if result is not SignInResult.NO_MATCH:
            is_shown = result is SignInResult.SIGNED_IN
            self._throttle.succeed(attempt, result if is_shown else f"sign_in_{result}")
        person = found.candidate.person
        view = _view(person) if result is SignInResult.SIGNED_IN else None
        afterwards = None
        if matches and not self._hashes.is_current(stored):
            afterwards = partial(self._hash_anew, person.person_id, password, stored)
        return SignInAnswer(SignInResponse(result=result, account=view), afterwards)

    def _opened(self, request: SignInRequest) -> SignInBody:
        binding = sign_in_binding(request.device, request.nonce)
        opened = open_sealed(request.sealed, binding, self._sealing.private_key)
        try:
            return _BODY.decode(opened)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise CannotOpen(None) from None

    def _find(self, typed: str) -> _Found | None:
        if len(typed) > LONGEST_IDENTIFIER:
            return None
        readings: list[tuple[Identifier, list[Person]]] = []
        accounts: dict[str, Account] = {}
        with self._reading.connect() as connection:
            for identifier in classify(typed, self._card_format):
                who = find(connection, identifier)
                readings.append((identifier, [account.person for account in who]))
                accounts.update((account.person.person_id, account) for account in who)
        candidate = choose_candidate(readings)
        if candidate is None:
            return None
        return _Found(candidate, accounts[candidate.person.person_id])

    def _hash_anew(self, person_id: str, password: str, old_hash: str) -> None:
        new_hash = self._hashes.hash(password)
        try:
            with self._engine.begin() as connection:
                values = {"key": person_id, "old_hash": old_hash, "new_hash": new_hash}
                connection.execute(_HASH_ANEW, values)
        except DATABASE_FAILURES as failure:
            # The database is held by a long import; the next right password tries again.
            _log.warning("password_not_hashed_anew", extra={"error": failure})


def _normalised(typed: str) -> str | None:
    return None if passwords.is_too_long(typed) else passwords.normalise(typed)


def _view(person: Person) -> AccountView:
    ways = ways_in(person)
    return AccountView(
        shown_name=person.shown_name,
        card_number=person.card_number,
        opens_by_card=ways.card,
        opens_by_cpf=ways.cpf,
        opens_by_email=ways.email,
        masked_email=None if person.email is None else emails.mask(person.email),
    )
