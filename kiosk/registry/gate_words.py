"""Telling each device its gate, and handing it the release keys it is to have."""

import json
import sqlite3
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine

from kiosk.database.engines import reading
from kiosk.database.statements import driver_of
from kiosk.domain.gates import DESK_FACE, Gate
from kiosk.registry.keys import Keys
from kiosk.registry.policies import Policies
from kiosk.registry.problems import Refused
from kiosk.registry.tables import DeviceState
from kiosk.wire.gate_words import GateRequest, GateResponse, HandedKey, state_gate

_OWN = "SELECT device, name, release_generation FROM devices WHERE device = ? AND state = ?"
_OF_THE_SITE = (
    "SELECT device, name, release_generation FROM devices"
    " WHERE site = (SELECT site FROM devices WHERE device = ? AND state = ?)"
    " AND state = ? AND face != ? ORDER BY device"
)


@dataclass(frozen=True, slots=True)
class _Due:
    """What a device is to know.

    Attributes:
        kiosks: Code, name and generation of the keys of each kiosk whose keys it gets.
    """

    gate: Gate
    is_attended: bool
    kiosks: tuple[tuple[str, str, int], ...]


class GateWords:
    """Says what each device is to know, and tells by a tag whether that has changed.

    Args:
        engine: The registry's database.
        keys: Makes the release keys.
        identity: Signs every word.
        policies: What is asked of each device.
    """

    def __init__(
        self, engine: Engine, keys: Keys, identity: Ed25519PrivateKey, policies: Policies
    ) -> None:
        self._engine = reading(engine)
        self._keys = keys
        self._identity = identity
        self._policies = policies

    def tag_for(self, device: str) -> str:
        """Return what changes with all that a device is to know."""
        return self._tag(self._due(device))

    def say(self, request: GateRequest) -> GateResponse:
        """Return the word for a device: a kiosk gets its half, a desk the pairs of its site.

        Only keys of kiosks that ask for such codes are handed out at all.

        Raises:
            Refused: The public key is none.
        """
        due = self._due(request.device)
        handed = [
            self._handed(kiosk, name, generation, is_attended=due.is_attended)
            for kiosk, name, generation in due.kiosks
        ]
        try:
            return state_gate(self._identity, request, due.gate.value, self._tag(due), handed)
        except ValueError:
            raise Refused(422, "public_key") from None

    def _handed(self, kiosk: str, name: str, generation: int, *, is_attended: bool) -> HandedKey:
        keys = self._keys.release_keys(kiosk, generation)
        return HandedKey(
            kiosk=kiosk,
            name=name,
            kiosk_key=keys.kiosk,
            registry_key=keys.registry if is_attended else None,
        )

    def _due(self, device: str) -> _Due:
        with self._engine.connect() as connection:
            driver = driver_of(connection)
            policy = self._policies.of(driver, device)
            return _Due(
                policy.gate,
                policy.is_attended,
                tuple(
                    (kiosk, name or "", generation)
                    for kiosk, name, generation in _rows(driver, device, policy.is_attended)
                    if self._policies.gate_of(kiosk) is Gate.ATTENDANT
                ),
            )

    def _tag(self, due: _Due) -> str:
        return self._keys.gate_tag(json.dumps([due.gate, due.is_attended, due.kiosks]))


def _rows(
    driver: sqlite3.Connection, device: str, is_attended: bool
) -> list[tuple[str, str | None, int]]:
    active = DeviceState.ACTIVE.value
    if is_attended:
        return driver.execute(_OF_THE_SITE, (device, active, active, DESK_FACE)).fetchall()
    return driver.execute(_OWN, (device, active)).fetchall()
