"""What this registry asks of each device."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.gates import DESK_FACE, DevicePolicy, Gate
from kiosk.settings import Settings

EVERY_DEVICE = "*"
_FACE = "SELECT face FROM devices WHERE device = ?"


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies by device code.

    Attributes:
        gates: The gate of each; ``*`` stands for every device that is not named.
    """

    gates: Mapping[str, Gate] = field(default_factory=dict)

    def gate_of(self, device: str) -> Gate:
        """Return the gate of a device."""
        return self.gates.get(device, self.gates.get(EVERY_DEVICE, Gate.MANUAL))

    def of(self, driver: sqlite3.Connection, device: str) -> DevicePolicy:
        """Return what is asked of a device; staff act where it was enrolled as a desk."""
        row = driver.execute(_FACE, (device,)).fetchone()
        is_attended = row is not None and row[0] == DESK_FACE
        gate = self.gate_of(device)
        if is_attended and gate is Gate.ATTENDANT:
            # Whoever would give the code sees the document there.
            gate = Gate.MANUAL
        return DevicePolicy(gate, is_attended)


NO_POLICIES = Policies()
"""The manual's flow at every device."""


def policies_of(settings: Settings) -> Policies:
    """Return the policies that the settings of a registry name."""
    return Policies(settings.device_gates)


def gate_warnings(settings: Settings) -> list[str]:
    """Return what whoever sets a gate has to know of the screens of this version."""
    return [
        f'Atenção: device_gates pede "{gate}" para {device}, e as telas desta versão ainda não '
        "têm o campo do código: ali, Cadastro e redefinição de senha serão recusados."
        for device, gate in settings.device_gates.items()
        if gate is not Gate.MANUAL
    ]
