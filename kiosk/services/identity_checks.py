"""Whether card, CPF and date of birth belong together, as far as a kiosk can tell by itself."""

import hmac
from enum import StrEnum

from kiosk.domain.identifiers import IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.services.tools import Tools
from kiosk.wire.identity_digests import VERIFIER_BYTES, card_digest, verifier

# What an unknown card is held against: nobody's.
_NOBODYS = bytes(VERIFIER_BYTES)


class IdentityCheck(StrEnum):
    """What came of it.

    ``UNVERIFIED``: an e-mail, a card that is not known here, or nothing to tell it by. ``UNASKED``:
    this machine is no kiosk.
    """

    FITS = "fits"
    MISMATCH = "mismatch"
    UNVERIFIED = "unverified"
    UNASKED = "unasked"


def check_identity(tools: Tools, claim: Claim) -> IdentityCheck:
    """Hold a claim against what this machine knows of its card.

    It takes as long for a card that is not known as for one that is.
    """
    if not tools.is_kiosk:
        return IdentityCheck.UNASKED
    key = tools.copy.digest_key()
    if key is None or claim.identifier.kind is not IdentifierKind.CARD:
        return IdentityCheck.UNVERIFIED
    card = claim.identifier.value
    known = tools.copy.verifier_of(card_digest(key, card))
    made = verifier(key, card, claim.cpf, claim.birth_date)
    fits = hmac.compare_digest(made, _NOBODYS if known is None else known)
    if known is None:
        return IdentityCheck.UNVERIFIED
    return IdentityCheck.FITS if fits else IdentityCheck.MISMATCH
