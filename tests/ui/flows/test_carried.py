import pytest

from kiosk.domain.forms import RegistrationForm, ResetForm, Rules
from ui.flows.carried import (
    Carried,
    from_identifier,
    from_proof,
    from_registration,
    from_reset,
)


@pytest.mark.parametrize(
    ("typed", "carried"),
    [
        ("529.982.247-25", Carried(cpf="529.982.247-25", identifier="529.982.247-25")),
        ("52998224725", Carried(cpf="529.982.247-25", identifier="52998224725")),
        ("00123 45678", Carried(card="00123 45678", identifier="00123 45678")),
        (" Ana@x.br ", Carried(email="Ana@x.br", identifier=" Ana@x.br ")),
        ("nada", Carried(identifier="nada")),
        ("@", Carried(identifier="@")),
    ],
)
def test_identifier_goes_to_the_field_it_belongs_to(typed: str, carried: Carried) -> None:
    assert from_identifier(typed, Rules()) == carried


@pytest.mark.parametrize(
    ("proof", "carried"),
    [
        ("24/03/1957", Carried(birth_date="24/03/1957")),
        ("0012345678", Carried(card="0012345678", identifier="0012345678")),
        ("outra coisa", Carried()),
        ("/", Carried()),
    ],
)
def test_proof_goes_to_the_field_it_belongs_to(proof: str, carried: Carried) -> None:
    assert from_proof(proof, Rules()) == carried


def test_passwords_are_never_carried() -> None:
    registration = from_registration(RegistrationForm("1", "2", True, "3", "segredo", "segredo"))
    reset = from_reset(ResetForm("1", "2", "3", "segredo", "segredo"))
    for carried in (registration, reset):
        values = [getattr(carried, name) for name in Carried.__slots__]
        assert "segredo" not in values


def test_personal_data_is_not_in_the_repr() -> None:
    assert "529" not in repr(from_identifier("52998224725", Rules()))
