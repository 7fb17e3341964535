import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.enrolment_codes import CODE_BYTES, from_bytes, grouped
from kiosk.domain.enrolment_tickets import Ticket, read, written

CODE = from_bytes(b"t" * CODE_BYTES)
TICKET = Ticket(CODE, "https://cadastro.exemplo:8443/pas")
SAID = written(TICKET)


def test_what_is_written_is_read() -> None:
    assert read(SAID) == TICKET
    assert read(f" {SAID}\r\n") == TICKET


def test_a_ticket_does_not_show_its_code() -> None:
    assert CODE not in repr(TICKET)


@pytest.mark.parametrize(
    "said",
    [
        "",
        CODE,
        grouped(CODE),
        TICKET.address,
        SAID.replace("PAS:1", "PAS:2"),
        SAID.replace("PAS", "pas"),
        SAID.replace(CODE, grouped(CODE)),
        SAID.replace(CODE, CODE[::-1]),
        SAID.replace(CODE, CODE[:-1]),
        SAID.replace("https", "http"),
        SAID + "/",
        SAID + " x",
        SAID.replace(TICKET.address, ""),
        f"{SAID}\n{SAID}",
    ],
)
def test_what_is_not_quite_a_ticket_is_none(said: str) -> None:
    assert read(said) is None


@given(st.one_of(st.text(), st.text().map(lambda rest: f"PAS:1:{CODE}:{rest}")))
def test_whatever_is_read_is_what_was_written(said: str) -> None:
    found = read(said)
    assert found is None or written(found) == said.strip()


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_every_code_makes_a_ticket(drawn: bytes) -> None:
    ticket = Ticket(from_bytes(drawn), "http://127.0.0.1:1")
    assert read(written(ticket)) == ticket
