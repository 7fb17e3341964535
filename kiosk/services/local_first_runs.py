"""Making this machine a device at the hands of a technician who sits before it."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from kiosk.clocks import SystemClock, local_time
from kiosk.complaints import Complaint
from kiosk.custody.choices import Choice, Offer, Wish, load_choice, offers, wish_of
from kiosk.domain.clock_errors import ClockError, find_error
from kiosk.domain.custody_kinds import CustodyKind
from kiosk.domain.disks import disk_state_of
from kiosk.domain.enrolment_forms import EnrolmentWish
from kiosk.logs import logged
from kiosk.services.first_runs import (
    DISK_STATES,
    Certificate,
    Check,
    CheckItem,
    CheckState,
    CustodyOffer,
    Enrolled,
    FaceName,
    Found,
    Refusal,
    Trouble,
)
from kiosk.settings import Settings
from kiosk.store.checkups import KeyState, check_up
from kiosk.store.enrolments import Enrolment, EnrolmentStore
from kiosk.store.files import open_store
from kiosk.store.holds import DataDirHold
from kiosk.store.registry_keys import RegistryKeys
from kiosk.store.unlockings import is_bound, known_key, unlock
from kiosk.sync.certificates import PeerCertificate
from kiosk.sync.enrolments import check, enrol, look
from kiosk.sync.registries import EnrolmentRefused, LineTrouble, NotAuthorised, Unreachable
from kiosk.wire.device_keys import DeviceKey, make_key
from kiosk.wire.enrolments import EnrolRequest

LONGEST_FILE = 1 << 20
_OF_THE_CLOCK = (Trouble.CERTIFICATE_EXPIRED, Trouble.CERTIFICATE_NOT_YET)
_REFUSED = {409: Trouble.OTHER_DEVICE, 429: Trouble.TOO_MANY_CODES}
_TROUBLES = {
    LineTrouble.NAME_UNKNOWN: Trouble.NAME_UNKNOWN,
    LineTrouble.REFUSED: Trouble.REFUSED,
    LineTrouble.NO_TLS: Trouble.NO_TLS,
    LineTrouble.CERTIFICATE_UNTRUSTED: Trouble.CERTIFICATE_UNTRUSTED,
    LineTrouble.CERTIFICATE_EXPIRED: Trouble.CERTIFICATE_EXPIRED,
    LineTrouble.CERTIFICATE_NOT_YET: Trouble.CERTIFICATE_NOT_YET,
    LineTrouble.CERTIFICATE_OF_ANOTHER: Trouble.CERTIFICATE_OF_ANOTHER,
}
# Somebody has answered, but no registry.
_SPOKEN = ("HTTP ", "undecodable", "damaged", "oversized")


class LocalFirstRun:
    """Enrols this machine, which it holds until it is closed.

    Args:
        settings: As loaded.
        now_ms: This machine's clock.

    Raises:
        Complaint: The data directory cannot be used, or another program uses it.
    """

    def __init__(
        self, settings: Settings, now_ms: Callable[[], int] = SystemClock().now_ms
    ) -> None:
        self._settings = settings
        self._now_ms = now_ms
        self._key = make_key()
        self._clock_error: ClockError | None = None
        self._enrolment: Enrolment | None = None
        with ExitStack() as opened:
            opened.callback(DataDirHold(settings.data_dir).close)
            opened.enter_context(logged(settings.data_dir, "device"))
            self._opened = opened.pop_all()

    @property
    def address(self) -> str:
        """What the settings say of the registry; empty where they say nothing."""
        return self._settings.registry_url or ""

    def look(self, wish: EnrolmentWish) -> Found | Refusal:
        """See what is at an address; see ``FirstRun``."""
        try:
            authority = _text_of(wish.authority)
        except (OSError, UnicodeError):
            return Refusal(Trouble.AUTHORITY_UNREADABLE)
        try:
            key, device = self._present()
        except Complaint as complaint:
            return Refusal(Trouble.CUSTODY, said=str(complaint))
        request = EnrolRequest(code=wish.code, public_key=key.public, device=device)
        try:
            answer, shown = look(
                wish.address,
                request,
                key,
                ca=authority,
                now_ms=self._now_ms,
                total_seconds=self._settings.request_seconds,
            )
        except (Unreachable, NotAuthorised, ValueError) as failure:
            return self._refusal(failure)
        now = self._now_ms()
        self._clock_error = find_error(now, now, answer.now)
        return Found(
            address=wish.address,
            name=answer.name,
            site=answer.site,
            face=_face(answer.face),
            certificate=_certificate(shown),
            clock_error=self._clock_error,
            custodies=self._custodies(),
            is_bound=is_bound(self._settings.data_dir),
        )

    def enrol(self, wish: EnrolmentWish, custody: CustodyKind) -> Enrolled | Refusal:
        """Become a device; see ``FirstRun``."""
        data_dir = self._settings.data_dir
        file = self._settings.key_file if custody is CustodyKind.FILE else None
        try:
            authority = _text_of(wish.authority)
            engine = open_store(data_dir, unlock(data_dir, Wish(custody, file)))
        except (OSError, UnicodeError):
            return Refusal(Trouble.AUTHORITY_UNREADABLE)
        except Complaint as complaint:
            return Refusal(Trouble.CUSTODY, said=str(complaint))
        try:
            enrolment = enrol(
                EnrolmentStore(engine),
                wish.address,
                wish.code,
                ca=authority,
                now_ms=self._now_ms,
                total_seconds=self._settings.request_seconds,
            )
        except (Unreachable, NotAuthorised, ValueError) as failure:
            return self._refusal(failure)
        finally:
            engine.dispose()
        self._enrolment = enrolment
        return Enrolled(enrolment.code, enrolment.agreed.name, _face(enrolment.agreed.face))

    def check(self) -> tuple[Check, ...]:
        """Look at everything that has to work; see ``FirstRun``."""
        found = check_up(self._settings.data_dir)
        is_opened = found.key is KeyState.OPENS
        kind = None if found.choice is None else found.choice.kind
        return (
            Check(
                CheckItem.DISK,
                DISK_STATES[disk_state_of(found.free_bytes)],
                free_bytes=found.free_bytes,
            ),
            Check(
                CheckItem.CLOCK,
                CheckState.OK if self._clock_error is None else CheckState.ATTENTION,
                clock_error=self._clock_error,
            ),
            Check(CheckItem.KEY, _state(is_opened), custody=kind),
            Check(CheckItem.ENCRYPTION, _state(is_opened and not found.plain_files)),
            Check(CheckItem.REGISTRY, _state(self._is_answered())),
            Check(CheckItem.SEALING_KEY, _state(is_opened and self._has_sealing_key())),
        )

    def close(self) -> None:
        """Let the data directory go; see ``FirstRun``."""
        self._opened.close()

    def _present(self) -> tuple[DeviceKey, str | None]:
        """Return what an earlier try has left: its key may have been taken, its answer lost."""
        data_dir = self._settings.data_dir
        if not is_bound(data_dir):
            return self._key, None
        engine = open_store(data_dir, unlock(data_dir, wish_of(self._settings)))
        try:
            store = EnrolmentStore(engine)
            return store.next_key(), store.own_code()
        finally:
            engine.dispose()

    def _custodies(self) -> tuple[CustodyOffer, ...]:
        choice = load_choice(self._settings.data_dir)
        bound = choice if choice is not None and choice.check is not None else None
        wanted = wish_of(self._settings)
        if wanted is not None and wanted.kind is CustodyKind.DEMO:
            # It protects nothing, and no device of a registry is a demonstration.
            wanted = None
        made = offers(self._settings.data_dir, self._settings.key_file)
        return tuple(_offer(one, bound, wanted) for one in made)

    def _refusal(self, failure: Exception) -> Refusal:
        trouble, minutes = _trouble_of(failure)
        clock = local_time(self._now_ms()) if trouble in _OF_THE_CLOCK else None
        return Refusal(trouble, minutes=minutes, clock=clock)

    def _is_answered(self) -> bool:
        if self._enrolment is None:
            return False
        try:
            check(self._enrolment, self._now_ms, self._settings.request_seconds)
        except (Unreachable, NotAuthorised):
            return False
        return True

    def _has_sealing_key(self) -> bool:
        engine = open_store(self._settings.data_dir, known_key(self._settings.data_dir))
        try:
            return RegistryKeys(engine).current() is not None
        finally:
            engine.dispose()


def _text_of(path: str | None) -> str | None:
    if path is None:
        return None
    with Path(path).open(encoding="utf-8") as opened:
        return opened.read(LONGEST_FILE)


def _trouble_of(failure: Exception) -> tuple[Trouble, int]:
    match failure:
        case EnrolmentRefused(status=status):
            minutes = int((failure.retry_after or 0) // 60) + 1
            trouble = _REFUSED.get(status or 0, Trouble.CODE)
            return trouble, minutes if trouble is Trouble.TOO_MANY_CODES else 0
        case NotAuthorised():
            return Trouble.SIGNATURE, 0
        case Unreachable(trouble=None, cause=cause):
            is_spoken = cause.startswith(_SPOKEN)
            return Trouble.NOT_A_REGISTRY if is_spoken else Trouble.NO_ANSWER, 0
        case Unreachable(trouble=LineTrouble() as trouble):
            return _TROUBLES[trouble], 0
    # What is left of what these can raise: the PEM is none.
    return Trouble.AUTHORITY_NONE, 0


def _offer(offer: Offer, bound: Choice | None, wanted: Wish | None) -> CustodyOffer:
    if bound is not None:
        is_it = bound.kind is offer.kind
        place = bound.place if is_it else offer.place
        return CustodyOffer(offer.kind, place, None if is_it else _ALREADY)
    if wanted is not None and wanted.kind is not offer.kind:
        return CustodyOffer(offer.kind, offer.place, _SETTLED)
    return CustodyOffer(offer.kind, offer.place, offer.refusal)


_ALREADY = "A chave desta máquina já está em outro lugar; depois, “main.py rekey” a muda."
_SETTLED = "A configuração desta máquina (key_custody) pede outro."


def _certificate(shown: PeerCertificate | None) -> Certificate | None:
    if shown is None:
        return None
    return Certificate(shown.subject, shown.issuer, shown.valid_until, shown.fingerprint)


def _face(face: str) -> Literal["kiosk", "desk"]:
    name: FaceName = "desk" if face == "desk" else "kiosk"
    return name


def _state(is_well: bool) -> CheckState:
    return CheckState.OK if is_well else CheckState.FAILED
