"""The registry's own secret keys, made once and kept with its data."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, Engine, insert, select

from kiosk.database.engines import reading
from kiosk.domain.operations import Claim
from kiosk.domain.people import Person
from kiosk.domain.release_codes import Release, ReleaseKeys
from kiosk.registry.tables import meta

_SECRET = "secret"
_SECRET_BYTES = 32
_SUBJECT_DIGITS = 32
_TAG_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Keys:
    """One key per purpose, all drawn from one secret.

    Attributes:
        cursors: Signs cursors.
        proofs: Digests what somebody claimed, so that they can read their receipt.
        codes: Digests enrolment codes.
        throttles: Digests who was named, or what was typed, so that failures can be counted.
        releases: Makes the keys of release codes.
        digests: Makes what kiosks know people by.
    """

    cursors: bytes = field(repr=False)
    proofs: bytes = field(repr=False)
    codes: bytes = field(repr=False)
    throttles: bytes = field(repr=False)
    releases: bytes = field(repr=False)
    digests: bytes = field(repr=False)

    def card_proof(self, card_number: str) -> bytes:
        """Return the digest under which a claimed card is kept with an operation."""
        return _keyed(self.proofs, f"card:{card_number}")

    def birth_proof(self, born: date) -> bytes:
        """Return the digest under which a claimed date of birth is kept with an operation."""
        return _birth_proof(self.proofs, born)

    def code_digest(self, code: str) -> bytes:
        """Return the digest under which an enrolment code is kept."""
        return _keyed(self.codes, code)

    def subject_of_person(self, person_id: str) -> str:
        """Return the digest under which a person's failures are counted."""
        return self._subject(f"person:{person_id}")

    def subject_of_typed(self, typed: str) -> str:
        """Return the digest under which the failures of what was typed are counted.

        Args:
            typed: A cleaned card or CPF, or the comparison key of an e-mail.
        """
        return self._subject(f"typed:{typed}")

    def subjects_of(self, claim: Claim, person: Person | None) -> list[str]:
        """Return under what a claim is counted: what was typed, then the person, if any."""
        subjects = [self.subject_of_typed(claim.identifier.value)]
        if claim.cpf is not None:
            subjects.append(self.subject_of_typed(claim.cpf))
        if person is not None:
            subjects.append(self.subject_of_person(person.person_id))
        return subjects

    def release_keys(self, kiosk: str, generation: int = 0) -> ReleaseKeys:
        """Return the keys of the release codes for one kiosk.

        Args:
            kiosk: Its code.
            generation: How often they were changed.
        """
        return ReleaseKeys(
            kiosk=_keyed(self.releases, f"kiosk:{kiosk}:{generation}"),
            registry=_keyed(self.releases, f"registry:{kiosk}:{generation}"),
        )

    def gate_tag(self, text: str) -> str:
        """Return a short word that changes with what a device is told of gates."""
        return _keyed(self.releases, f"tag:{text}").hex()[:_TAG_DIGITS]

    def spent_code(self, release: Release, code: str) -> str:
        """Return the digest under which a used release code is kept."""
        text = f"spent:{release.kiosk}|{release.purpose}|{release.subject}|{code}"
        return self._subject(text)

    def email_code(self, subject: str, device: str, purpose: str, code: str) -> bytes:
        """Return the digest under which a code that was sent is kept."""
        return _keyed(self.throttles, f"email code:{subject}|{device}|{purpose}|{code}")

    def mail_mark(self, row: int, at: int) -> str:
        """Return what a mail is known by: the same for each try, and not to be counted from."""
        return self._subject(f"mail:{row}|{at}")

    def _subject(self, text: str) -> str:
        # Keyed BLAKE2 (RFC 7693): several are made for each operation.
        return hashlib.blake2b(
            text.encode(), digest_size=_SUBJECT_DIGITS // 2, key=self.throttles
        ).hexdigest()


# There are some forty thousand dates on which somebody living was born.
@lru_cache(65_536)
def _birth_proof(key: bytes, born: date) -> bytes:
    return _keyed(key, f"birth:{born.isoformat()}")


def load_keys(engine: Engine) -> Keys:
    """Return this registry's keys; the first call on a new database makes them."""
    with reading(engine).connect() as connection:
        secret = _secret(connection)
    if secret is None:
        with engine.begin() as connection:
            # Another process may have made it meanwhile; from here on none can.
            secret = _secret(connection)
            if secret is None:
                secret = secrets.token_bytes(_SECRET_BYTES)
                connection.execute(insert(meta).values(name=_SECRET, value=secret))
    return Keys(
        cursors=_keyed(secret, "cursors"),
        proofs=_keyed(secret, "proofs"),
        codes=_keyed(secret, "enrolment codes"),
        throttles=_keyed(secret, "throttles"),
        releases=_keyed(secret, "releases"),
        digests=_keyed(secret, "digests"),
    )


def _secret(connection: Connection) -> bytes | None:
    value: bytes | None = connection.execute(
        select(meta.c.value).where(meta.c.name == _SECRET)
    ).scalar()
    return value


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
