"""What a person may compare of a registry's certificate."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """A certificate that was believed.

    Attributes:
        subject: For whom it was made; empty where it does not say.
        issuer: By whom.
        valid_until: Its end, UTC.
        fingerprint: SHA-256 of its DER, 64 hexadecimal digits, as browsers and openssl show it.
    """

    subject: str
    issuer: str
    valid_until: datetime
    fingerprint: str


def described(der: bytes) -> PeerCertificate:
    """Return what there is to compare.

    Raises:
        ValueError: It cannot be read.
    """
    read = x509.load_der_x509_certificate(der)
    return PeerCertificate(
        subject=_name(read.subject),
        issuer=_name(read.issuer),
        valid_until=read.not_valid_after_utc,
        fingerprint=sha256(der).hexdigest(),
    )


def _name(name: x509.Name) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for found in name.get_attributes_for_oid(kind):
            text = " ".join(str(found.value).split())
            if text.isprintable():
                return text[:80]
    return ""
