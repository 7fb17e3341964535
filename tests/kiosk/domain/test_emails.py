import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain import emails


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ines@exemplo.com.br", "INES@Exemplo.COM.BR"),
        ("ines@exemplo.com.br", "  ines@exemplo.com.br\n"),
        ("in\u00eas@exemplo.com.br", "ine\u0302s@exemplo.com.br"),
        ("IN\u00caS@exemplo.com.br", "ine\u0302s@exemplo.com.br"),
        ("strasse@exemplo.com.br", "straße@exemplo.com.br"),
    ],
)
def test_the_same_address(one: str, other: str) -> None:
    assert emails.key(one) == emails.key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ines@exemplo.com.br", "inês@exemplo.com.br"),
        ("ines.avila@exemplo.com.br", "inesavila@exemplo.com.br"),
        ("ines-a@exemplo.com.br", "inesa@exemplo.com.br"),
        ("ines@exemplo.com.br", "ines@exemplo.com"),
        ("ines+1@exemplo.com.br", "ines@exemplo.com.br"),
    ],
)
def test_another_address(one: str, other: str) -> None:
    assert emails.key(one) != emails.key(other)


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    assert emails.key(emails.key(text)) == emails.key(text)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("maria@exemplo.com.br", "m•••a@exemplo.com.br"),
        ("rita@exemplo.com.br", "r•••a@exemplo.com.br"),
        ("ana@exemplo.com.br", "a•••@exemplo.com.br"),
        ("a@exemplo.com.br", "a•••@exemplo.com.br"),
        ('"a@b"@exemplo.com.br', '"•••"@exemplo.com.br'),
    ],
)
def test_a_mask_helps_only_the_owner(address: str, shown: str) -> None:
    assert emails.mask(address) == shown
