from dataclasses import replace
from datetime import date

from sqlalchemy import Engine

from kiosk.domain.identifiers import Identifier, IdentifierKind
from kiosk.domain.receipts import is_device_code
from kiosk.store.identities import DeviceIdentity, load_identity
from tests.enrolments import enrol_store
from tests.factories import claim_of, person


def test_a_device_is_the_same_after_every_start(store: Engine) -> None:
    first = load_identity(store)
    assert load_identity(store) == first
    assert is_device_code(first.code)


def test_a_code_that_the_registry_gave_is_kept(store: Engine) -> None:
    load_identity(store)
    enrol_store(store, "ABC234")
    assert load_identity(store).code == "ABC234"


def test_a_person_is_the_same_subject_in_both_forms(identity: DeviceIdentity) -> None:
    by_card = claim_of(person())
    by_email = replace(by_card, identifier=Identifier(IdentifierKind.EMAIL, "a@b.br"))
    assert identity.subject_of(by_card) == identity.subject_of(by_email)


def test_people_without_cpf_are_told_apart_by_card(identity: DeviceIdentity) -> None:
    one, other = (claim_of(person(number, cpf=None)) for number in (1, 2))
    assert identity.subject_of(one) != identity.subject_of(other)


def test_digests_are_keyed(store: Engine, identity: DeviceIdentity) -> None:
    other = replace(identity, subject_key=b"x" * 32)
    born = date(1950, 1, 2)
    assert identity.card_proof("1") != other.card_proof("1")
    assert identity.birth_date_proof(born) != other.birth_date_proof(born)


def test_the_key_is_in_no_repr(identity: DeviceIdentity) -> None:
    assert repr(identity.subject_key) not in repr(identity)
