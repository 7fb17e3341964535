"""Becoming a device of a registry."""

from collections.abc import Callable

from kiosk.store.enrolments import Agreed, Enrolment, EnrolmentStore
from kiosk.sync.certificates import PeerCertificate, described
from kiosk.sync.client import HttpRegistry
from kiosk.sync.registries import Unreachable
from kiosk.sync.signers import RequestSigner
from kiosk.wire.device_keys import DeviceKey
from kiosk.wire.enrolments import EnrolRequest, LookResponse
from kiosk.wire.key_announcements import NotVouchedFor
from kiosk.wire.messages import PullRequest


def enrol(
    store: EnrolmentStore,
    address: str,
    code: str,
    *,
    ca: str | None,
    now_ms: Callable[[], int],
    total_seconds: float,
) -> Enrolment:
    """Make this machine a device of a registry.

    Asked again after a lost answer, with the same code, it ends as the first time.

    Args:
        store: Where key and agreement are kept.
        address: ``https://host[:port]``, or loopback ``http://``.
        code: As ``kiosk.domain.enrolment_codes`` reads it.
        ca: PEM of the one authority whose certificates are believed; None for the public ones.
        now_ms: This machine's clock.
        total_seconds: Bound on the exchange.

    Raises:
        Unreachable: The registry gave no answer, or its certificate is not believed.
        EnrolmentRefused: It said no.
        NotAuthorised: It refused the signature.
        ValueError: The address or the PEM is none.
    """
    key = store.next_key()
    registry = HttpRegistry(address, total_seconds, RequestSigner(key, now_ms), ca=ca)
    try:
        request = EnrolRequest(code=code, public_key=key.public, device=store.own_code())
        answer = registry.enrol(request)
        agreed = Agreed(
            registry=address,
            ca=ca,
            name=answer.name,
            site=answer.site,
            face=answer.face,
            key_made_at=now_ms(),
        )
        return store.enrolled(answer.device, key, agreed, answer.sealing_key)
    except NotVouchedFor:
        # What has answered is no registry; nothing was kept, and the same code serves again.
        raise Unreachable("undecodable") from None
    finally:
        registry.close()


def look(
    address: str,
    request: EnrolRequest,
    key: DeviceKey,
    *,
    ca: str | None,
    now_ms: Callable[[], int],
    total_seconds: float,
) -> tuple[LookResponse, PeerCertificate | None]:
    """Ask what enrolling would make of this machine; neither side keeps anything.

    Args:
        address: As for ``enrol``.
        request: What enrolling would ask.
        key: The one the request names.
        ca: As for ``enrol``.
        now_ms: This machine's clock.
        total_seconds: Bound on the exchange.

    Returns:
        The answer, and the certificate that was believed; None where there is no TLS.

    Raises:
        Unreachable: As for ``enrol``; so do EnrolmentRefused, NotAuthorised and ValueError.
    """
    registry = HttpRegistry(address, total_seconds, RequestSigner(key, now_ms), ca=ca)
    try:
        answer = registry.look(request)
        shown = registry.certificate
        return answer, None if shown is None else described(shown)
    finally:
        registry.close()


def check(enrolment: Enrolment, now_ms: Callable[[], int], total_seconds: float) -> None:
    """Ask the registry something as an enrolled device, to see that it is one.

    Raises:
        Unreachable: The registry gave no answer.
        NotAuthorised: It does not let this device in.
    """
    agreed = enrolment.agreed
    signer = RequestSigner(enrolment.key, now_ms)
    registry = HttpRegistry(agreed.registry, total_seconds, signer, ca=agreed.ca)
    try:
        now = now_ms()
        registry.pull(PullRequest(device=enrolment.code, after=None, limit=1, sent_at=now))
    finally:
        registry.close()
