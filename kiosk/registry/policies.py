"""What this registry asks of each device."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.complaints import Complaint
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
        return DevicePolicy(self.gate_of(device), row is not None and row[0] == DESK_FACE)


NO_POLICIES = Policies()
"""The manual's flow at every device."""


def policies_of(settings: Settings) -> Policies:
    """Return the policies that the settings of a registry name.

    Raises:
        Complaint: They name a gate that no screen can pass yet: behind it every Cadastro and every
            reset that a device has taken would be refused.
    """
    for device, gate in settings.device_gates.items():
        if gate is not Gate.MANUAL:
            raise Complaint(
                f'A configuração device_gates pede "{gate}" para {device}, mas nesta versão '
                'nenhuma tela pede o código. Use "manual" ou retire a linha.',
                2,
            )
    return Policies(settings.device_gates)
