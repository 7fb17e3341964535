"""Who this device is, and the key under which it recognises people without keeping their data."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from sqlalchemy import Engine, insert, select

from kiosk.domain.operations import Claim
from kiosk.domain.receipts import DEVICE_CODE_ALPHABET, DEVICE_CODE_LENGTH
from kiosk.store.tables import meta


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What makes this device's operations its own.

    Attributes:
        code: The six characters that name it to the registry and begin its receipts.
        subject_key: 32 bytes; keyed digests of people are made with it.
    """

    code: str
    subject_key: bytes = field(repr=False)

    def subject_of(self, claim: Claim) -> bytes:
        """Return the digest under which this device knows the person a claim speaks of.

        The CPF where there is one, since Cadastro and the reset both ask for it; else what they
        named themselves by.
        """
        text = (
            f"cpf:{claim.cpf}" if claim.cpf else f"{claim.identifier.kind}:{claim.identifier.value}"
        )
        return self._digest(f"subject:{text}")

    def card_proof(self, card_number: str) -> bytes:
        """Return the digest by which a card number opens a receipt."""
        return self._digest(f"card:{card_number}")

    def birth_date_proof(self, born: date) -> bytes:
        """Return the digest by which a date of birth opens a receipt."""
        return self._digest(f"birth:{born.isoformat()}")

    def typed_proof(self, typed: str) -> bytes:
        """Return the digest under which the failures of what was typed are counted."""
        return self._digest(f"typed:{typed}")

    def spent_proof(self, use: str) -> bytes:
        """Return the digest under which a release code that was used is kept."""
        return self._digest(f"spent:{use}")

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self.subject_key, text.encode(), sha256)


def load_identity(engine: Engine) -> DeviceIdentity:
    """Read this device's identity; what enrolment has not given is drawn.

    Args:
        engine: The store.
    """
    with engine.begin() as connection:
        known = {row.key: row.value for row in connection.execute(select(meta))}
        drawn = {
            "device_code": _draw_code().encode(),
            "subject_key": secrets.token_bytes(32),
        }
        missing = {key: value for key, value in drawn.items() if key not in known}
        if missing:
            connection.execute(
                insert(meta), [{"key": key, "value": value} for key, value in missing.items()]
            )
    known |= missing
    return DeviceIdentity(known["device_code"].decode(), known["subject_key"])


def _draw_code() -> str:
    return "".join(secrets.choice(DEVICE_CODE_ALPHABET) for _ in range(DEVICE_CODE_LENGTH))
