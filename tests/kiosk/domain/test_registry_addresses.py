import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.registry_addresses import LONGEST, AddressProblem, read, read_typed


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("https://cadastro.exemplo", "https://cadastro.exemplo"),
        ("https://cadastro.exemplo:8443/pas/", "https://cadastro.exemplo:8443/pas"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://[::1]:8765", "http://[::1]:8765"),
        ("http://192.0.2.1", AddressProblem.PLAIN_HTTP),
        ("http://cadastro.exemplo", AddressProblem.PLAIN_HTTP),
        ("ftp://cadastro.exemplo", AddressProblem.NOT_AN_ADDRESS),
        ("https://", AddressProblem.NOT_AN_ADDRESS),
        ("https://[", AddressProblem.NOT_AN_ADDRESS),
        ("https://a:0", AddressProblem.NOT_AN_ADDRESS),
        ("https://a:x", AddressProblem.NOT_AN_ADDRESS),
        ("https://eu:senha@a", AddressProblem.NOT_AN_ADDRESS),
        ("https://a?b=c", AddressProblem.NOT_AN_ADDRESS),
        ("https://a#b", AddressProblem.NOT_AN_ADDRESS),
        # Others see another host there, or none.
        ("http://12[::1].1:8765", AddressProblem.NOT_AN_ADDRESS),
        ("https://999.1.1.1", AddressProblem.NOT_AN_ADDRESS),
        ("https://☃.br", AddressProblem.NOT_AN_ADDRESS),
        ("https://a:08443", AddressProblem.NOT_AN_ADDRESS),
        ("https://xn--aa-sga.br", "https://xn--aa-sga.br"),
        ("https://a b", AddressProblem.NOT_AN_ADDRESS),
        ("https://a\x00", AddressProblem.NOT_AN_ADDRESS),
        (f"https://{'a' * LONGEST}", AddressProblem.NOT_AN_ADDRESS),
    ],
)
def test_an_address_is_one_or_says_why_not(text: str, is_read: str) -> None:
    assert read(text) == is_read


def test_a_technician_may_leave_the_scheme_out() -> None:
    assert read_typed(" cadastro.exemplo:8443 ") == "https://cadastro.exemplo:8443"
    assert read_typed("http://localhost:1") == "http://localhost:1"


@given(st.text())
def test_whatever_is_typed_is_an_address_or_none(text: str) -> None:
    found = read_typed(text)
    if not isinstance(found, AddressProblem):
        assert read(found) == found
