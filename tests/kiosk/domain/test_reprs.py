"""What names a person is in no repr, and so in no log, no text of an error, no failed test."""

from dataclasses import replace
from datetime import date

import pytest

from kiosk.domain.forms import (
    NewCredential,
    ReceiptClaim,
    ReceiptQuery,
    RegistrationForm,
    ResetForm,
    SignInAttempt,
    SignInForm,
)
from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.operations import Claim
from kiosk.domain.passwords import OwnData
from kiosk.domain.people import Person
from kiosk.domain.receipts import ReceiptNumber
from kiosk.domain.sign_in import Candidate

CARD, CPF, EMAIL, NAME, PASSWORD = "0012345678", "52998224725", "ines@exemplo", "Inês", "segredo"
BORN = date(1960, 3, 24)
TYPED = "24/03/1960"
IDENTIFIER = Identifier(IdentifierKind.CARD, CARD)
CLAIM = Claim(IDENTIFIER, CPF, BORN)
PERSON = Person("P-4711", CARD, BORN, NAME, "P-4711", CPF, NAME, EMAIL)


@pytest.mark.parametrize(
    "value",
    [
        IDENTIFIER,
        CLAIM,
        PERSON,
        replace(PERSON, social_name=None),
        Candidate(PERSON, IdentifierKind.CARD),
        OwnData(CARD, CPF, BORN, EMAIL, (NAME,)),
        RegistrationForm(CARD, CPF, False, TYPED, PASSWORD, PASSWORD),
        ResetForm(CARD, CPF, TYPED, PASSWORD, PASSWORD),
        SignInForm(CPF, PASSWORD),
        SignInAttempt(CPF, PASSWORD),
        NewCredential(CLAIM, PASSWORD),
        ReceiptQuery("K7Q2MT-0042-B", CARD),
        ReceiptClaim(ReceiptNumber("K7Q2MT", 42), CARD, BORN),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_that_names_a_person_is_in_a_repr(value: object) -> None:
    shown = repr(value)
    secrets = (CARD, CPF, EMAIL, NAME, PASSWORD, TYPED, "1960", "P-4711")
    assert [one for one in secrets if one in shown] == []
