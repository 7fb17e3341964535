"""Giving release codes to a desk, which is how it gets them while the line is up."""

from sqlalchemy import Connection, Engine, select

from kiosk.database.statements import driver_of
from kiosk.domain import release_codes
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.receipts import is_device_code
from kiosk.domain.release_codes import VALID_MINUTES, Release
from kiosk.registry.audit_trails import Event, note
from kiosk.registry.claims import NotUnderstood, read_purpose
from kiosk.registry.keys import Keys
from kiosk.registry.people import find
from kiosk.registry.policies import Policies
from kiosk.registry.problems import Refused
from kiosk.registry.release_keys import generation_of
from kiosk.registry.tables import DeviceState, devices
from kiosk.registry.times import RegistryTimes
from kiosk.wire.messages import ReleaseBody, ReleaseResponse


class Releases:
    """Gives codes where staff act.

    Args:
        engine: The registry's database.
        keys: Of this registry.
        times: The registry's time.
        policies: What is asked of each device.
    """

    def __init__(
        self, engine: Engine, keys: Keys, times: RegistryTimes, policies: Policies
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._times = times
        self._policies = policies

    def give(self, device: str, asked: ReleaseBody) -> ReleaseResponse:
        """Return a code for one person, one purpose and one kiosk; the audit says who asked.

        Args:
            device: Which has signed the asked.
            asked: What it wants.

        Raises:
            Refused: No staff act at the device that asks, or it is not at the site of an enrolled
                kiosk of that code.
            NotUnderstood: There is no such purpose or kiosk, or nobody is named.
        """
        purpose = read_purpose(asked.purpose)
        if not is_device_code(asked.kiosk):
            raise NotUnderstood(0, "kiosk")
        if asked.cpf:
            named = Identifier(IdentifierKind.CPF, asked.cpf)
        elif asked.card_number:
            named = Identifier(IdentifierKind.CARD, asked.card_number)
        else:
            raise NotUnderstood(0, "cpf, card_number")
        wanted = Release(asked.kiosk, purpose, f"{named.kind}:{named.value}")
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            if not self._policies.of(driver, device).is_attended:
                raise Refused(403)
            if not _are_together(connection, device, asked.kiosk):
                raise Refused(403, "kiosk")
            now = self._times.now(driver)
            generation = generation_of(driver, asked.kiosk).number
            keys = self._keys.release_keys(asked.kiosk, generation)
            code = release_codes.make(keys, wanted, now)
            found = find(connection, named)
            note(
                connection,
                Event(
                    now,
                    "release_code_given",
                    device,
                    person_id=found[0].person.person_id if found else None,
                    detail=f"kiosk={asked.kiosk} purpose={purpose}",
                ),
            )
        return ReleaseResponse(code=release_codes.written(code), valid_minutes=VALID_MINUTES)


def _are_together(connection: Connection, desk: str, kiosk: str) -> bool:
    """Tell whether a kiosk has access and stands at the site of a desk."""
    site = select(devices.c.site).where(devices.c.device == desk).scalar_subquery()
    at_the_site = select(devices.c.device).where(
        devices.c.device == kiosk,
        devices.c.state == DeviceState.ACTIVE.value,
        devices.c.site == site,
    )
    return connection.execute(at_the_site).first() is not None
