"""The registry's own secret keys, made once and kept with its data."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from sqlalchemy import Connection, Engine, insert, select

from kiosk.database.engines import reading
from kiosk.registry.tables import meta

_SECRET = "secret"
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """One key per purpose, all drawn from one secret.

    Attributes:
        cursors: Signs cursors.
        proofs: Digests what somebody claimed, so that they can read their receipt.
        codes: Digests enrolment codes.
    """

    cursors: bytes = field(repr=False)
    proofs: bytes = field(repr=False)
    codes: bytes = field(repr=False)

    def card_proof(self, card_number: str) -> bytes:
        """Return the digest under which a claimed card is kept with an operation."""
        return _keyed(self.proofs, f"card:{card_number}")

    def birth_proof(self, born: date) -> bytes:
        """Return the digest under which a claimed date of birth is kept with an operation."""
        return _birth_proof(self.proofs, born)

    def code_digest(self, code: str) -> bytes:
        """Return the digest under which an enrolment code is kept."""
        return _keyed(self.codes, code)


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
    )


def _secret(connection: Connection) -> bytes | None:
    value: bytes | None = connection.execute(
        select(meta.c.value).where(meta.c.name == _SECRET)
    ).scalar()
    return value


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)
