"""Signed requests (RFC 9421, Ed25519): what is covered, how it is made, how it is judged.

The content digest is covered, not looked at: whoever reads the body compares the two.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from kiosk.wire.device_keys import DeviceKey
from kiosk.wire.messages import DIGEST_HEADER

WINDOW_MS = 300_000
SIGNATURE_HEADER, INPUT_HEADER = "signature", "signature-input"
# Neither authority nor scheme: a proxy that ends TLS changes both.
COVERED = ("@method", "@path", "@query", DIGEST_HEADER)
PARAMETERS = frozenset({"created", "keyid", "alg", "nonce", "tag"})
TAG = "kiosk-pas-1"

_LABEL = "kiosk"
_NONCE_BYTES = 16
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}")
_KEY_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST_HEADER = 1024
_LATEST_SECONDS = 253_402_300_799
# Derived components are made from a whole address; nothing that is signed comes from this part.
_ORIGIN = "https://registry.invalid"
_SIGNER = HTTPMessageSigner(signature_algorithm=algorithms.ED25519)


class NotSigned(Exception):
    """A request without a signature that can be believed.

    Args:
        why: A short word for logs, of nothing that came with the request.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Signed:
    """What a good signature says.

    Attributes:
        key_id: Whose it is.
        created_ms: When it was made, by the clock of whoever made it; milliseconds since 1970.
        nonce: Never twice.
    """

    key_id: str
    created_ms: int
    nonce: str


def new_nonce() -> str:
    """Draw a nonce of 128 bits."""
    return secrets.token_urlsafe(_NONCE_BYTES)


def sign(
    key: DeviceKey, method: str, path: str, digest: str, created_ms: int, nonce: str
) -> dict[str, str]:
    """Return the headers that sign a request, the digest of its body included.

    Args:
        key: Whose request it is.
        method: In capitals.
        path: Of the route, without a query.
        digest: What ``DIGEST_HEADER`` says of the body.
        created_ms: Milliseconds since 1970.
        nonce: From ``new_nonce``.
    """
    message = _Message(method, _ORIGIN + path, {DIGEST_HEADER: digest})
    # Writing the headers through the library would have it read back and build all of it again.
    prepared = _SIGNER.prepare(
        message,
        key_id=key.key_id,
        created=datetime.fromtimestamp(created_ms // 1000, UTC),
        nonce=nonce,
        label=_LABEL,
        tag=TAG,
        covered_component_ids=COVERED,
        use_existing_digest=True,
    )
    signature = b64encode(key.private.sign(prepared.signature_base)).decode()
    return {
        DIGEST_HEADER: digest,
        INPUT_HEADER: f"{prepared.label}={prepared.signature_params}",
        SIGNATURE_HEADER: f"{prepared.label}=:{signature}:",
    }


def verify(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    find_key: Callable[[str], Ed25519PublicKey | None],
) -> Signed:
    """Judge the signature of a request, all but its time and whether it came before.

    Args:
        method: As it arrived.
        target: Path, with the query where there is one.
        headers: All lines, in their order.
        find_key: Returns the public key of a name, or None.

    Raises:
        NotSigned: There is none, more than one, one over other parts, or it does not fit.
    """
    wanted = (SIGNATURE_HEADER, INPUT_HEADER, DIGEST_HEADER)
    said: dict[str, str] = {}
    for name, value in headers:
        lowered = name.lower()
        if lowered not in wanted:
            continue
        if lowered in said:
            raise NotSigned("header twice")
        if len(value) > _LONGEST_HEADER:
            raise NotSigned("header too long")
        said[lowered] = value
    if len(said) < len(wanted):
        raise NotSigned("unsigned")
    verifier = _Verifier(signature_algorithm=algorithms.ED25519, key_resolver=_PublicKeys(find_key))
    try:
        results = verifier.verify(
            _Message(method, _ORIGIN + target, said), max_age=None, expect_tag=TAG
        )
    except InvalidSignature:
        raise NotSigned("invalid") from None
    except Exception:  # noqa: BLE001
        # The library is given whatever came over the wire; nothing in it may end as our own error.
        raise NotSigned("unreadable") from None
    if len(results) != 1:
        raise NotSigned("several")
    (result,) = results
    covered = tuple(one.strip('"') for one in result.covered_components)
    if covered[:-1] != COVERED or set(result.parameters) != PARAMETERS:
        raise NotSigned("covers something else")
    parameters: dict[str, Any] = result.parameters
    created, nonce = parameters["created"], parameters["nonce"]
    if not 0 <= created <= _LATEST_SECONDS or not _NONCE.fullmatch(nonce):
        raise NotSigned("odd parameters")
    return Signed(parameters["keyid"], created * 1000, nonce)


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


class _PublicKeys(HTTPSignatureKeyResolver):  # type: ignore[misc, unused-ignore]
    def __init__(self, find_key: Callable[[str], Ed25519PublicKey | None]) -> None:
        self._find_key = find_key

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        return self._find_key(key_id) if _KEY_ID.fullmatch(key_id) else None


class _Verifier(HTTPMessageVerifier):  # type: ignore[misc, unused-ignore]
    signature_metadata_parameters: ClassVar[set[str]] = set(PARAMETERS)

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Leave the time to the caller: a wrong clock is told apart from a forged request."""
