"""Giving release codes to a desk that has no keys of its own at hand."""

from sqlalchemy import Engine

from kiosk.database.statements import driver_of
from kiosk.domain import release_codes
from kiosk.domain.receipts import is_device_code
from kiosk.domain.release_codes import VALID_MINUTES, Release
from kiosk.registry.claims import NotUnderstood, read_purpose
from kiosk.registry.keys import Keys
from kiosk.registry.policies import Policies
from kiosk.registry.problems import Refused
from kiosk.registry.times import RegistryTimes
from kiosk.wire.messages import ReleaseRequest, ReleaseResponse


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

    def give(self, request: ReleaseRequest) -> ReleaseResponse:
        """Return a code for one person, one purpose and one kiosk.

        Args:
            request: Of the device that signed it.

        Raises:
            Refused: No staff act at the device that asks.
            NotUnderstood: There is no such purpose or kiosk, or nobody is named.
        """
        purpose = read_purpose(request.purpose)
        if not is_device_code(request.kiosk):
            raise NotUnderstood(0, "kiosk")
        if not (request.cpf or request.card_number):
            raise NotUnderstood(0, "cpf, card_number")
        subject = f"cpf:{request.cpf}" if request.cpf else f"card:{request.card_number}"
        with self._engine.begin() as connection:
            driver = driver_of(connection)
            if not self._policies.of(driver, request.device).is_attended:
                raise Refused(403)
            now = self._times.now(driver)
        code = release_codes.make(
            self._keys.release_keys(request.kiosk), Release(request.kiosk, purpose, subject), now
        )
        return ReleaseResponse(code=release_codes.written(code), valid_minutes=VALID_MINUTES)
