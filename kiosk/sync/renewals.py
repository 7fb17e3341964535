"""Changing this device's key from time to time, while both the old and the new one are good."""

import logging
import threading

from kiosk.clocks import Clock
from kiosk.store.enrolments import EnrolmentStore
from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import NotAuthorised, Unreachable
from kiosk.sync.signers import RequestSigner
from kiosk.wire.enrolments import RenewRequest

_log = logging.getLogger(__name__)
KEY_LIFE_MS = 90 * 24 * 3600 * 1000
_LOOK_EVERY_SECONDS = 3600.0


class KeyRenewal:
    """Renews the key when it is due.

    Args:
        store: Where the key is kept.
        registry: Whom to ask.
        signer: Gets the new key.
        clock: This machine's time.
    """

    def __init__(
        self, store: EnrolmentStore, registry: HttpRegistry, signer: RequestSigner, clock: Clock
    ) -> None:
        self._store = store
        self._registry = registry
        self._signer = signer
        self._clock = clock

    def renew_if_due(self) -> None:
        """Have a new key taken, if the present one is old; what fails is tried again later."""
        enrolment = self._store.load()
        if enrolment is None:
            return
        age = self._clock.now_ms() - enrolment.agreed.key_made_at
        # One that lies far ahead was made while the clock was wrong.
        if abs(age) < KEY_LIFE_MS:
            return
        key = self._store.next_key()
        proof = key.private.sign(self._signer.key.key_id.encode())
        request = RenewRequest(device=enrolment.code, public_key=key.public, proof=proof)
        try:
            self._registry.renew_key(request)
        except (Unreachable, NotAuthorised) as failure:
            _log.info("device_key_not_renewed", extra={"cause": failure.cause})
            return
        self._store.renewed(key, self._clock.now_ms(), enrolment.agreed)
        self._signer.key = key
        _log.info("device_key_renewed")


class KeyRenewalThread:
    """Looks every hour, and at the start.

    Args:
        renewal: What is done.
    """

    def __init__(self, renewal: KeyRenewal) -> None:
        self._renewal = renewal
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="key", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, patience_seconds: float) -> None:
        """End after what is under way."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join(patience_seconds)

    def _run(self) -> None:
        while not self._ending.wait(0.0):
            try:
                self._renewal.renew_if_due()
            except Exception as failure:  # noqa: BLE001
                # A disk that fails, say; it must not end with a traceback on a kiosk's screen.
                _log.error("device_key_not_renewed", extra={"error": failure})
            self._ending.wait(_LOOK_EVERY_SECONDS)
