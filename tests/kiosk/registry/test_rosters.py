import codecs
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kiosk.complaints import Complaint
from kiosk.domain.cards import CardFormat
from kiosk.registry.rosters import (
    HEADER,
    MAX_LINE_BYTES,
    MAX_NAME_LENGTH,
    BadRow,
    Roster,
    RosterRow,
)
from tests.kiosk.registry.rosters import BCRYPT, line, write
from tests.kiosk.registry.workbench import CPFS

TODAY = date(2026, 6, 1)


def read(path: Path) -> list[RosterRow | BadRow]:
    return list(Roster(path, CardFormat(), TODAY).rows())


def read_one(tmp_path: Path, text: str | bytes) -> RosterRow | BadRow:
    (row,) = read(write(tmp_path / "a.csv", text))
    return row


def test_a_row_is_cleaned(tmp_path: Path) -> None:
    text = line(
        holder_id="P9",
        card_number="0000.0000-0001",
        cpf="529.982.247-25",
        birth_date="24/03/1950",
        full_name="Joa\u0303o   D'Ávila ",
        social_name="Zoé",
        email=" Zoe@Exemplo.com.br ",
        status="cancelled",
        origin="portal",
        password_hash=BCRYPT,
    )
    row = read_one(tmp_path, text)
    assert isinstance(row, RosterRow)
    assert row[:12] == (
        2,
        "P1",
        "P9",
        "000000000001",
        CPFS[0],
        "1950-03-24",
        "João D'Ávila",
        "Zoé",
        "Zoe@Exemplo.com.br",
        "zoe@exemplo.com.br",
        "cancelled",
        "portal",
    )
    assert row.password_hash == BCRYPT
    assert not row.email_left_out


def test_what_may_be_empty_is_none(tmp_path: Path) -> None:
    row = read_one(tmp_path, line(cpf=""))
    assert isinstance(row, RosterRow)
    empty = (row.holder_id, row.cpf, row.social_name, row.email, row.email_key, row.password_hash)
    assert set(empty) == {None}
    assert row.plan_hash_digest is None


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"person_id": " "}, "person_id"),
        ({"person_id": "P" * 65}, "person_id"),
        ({"holder_id": "P" * 65}, "holder_id"),
        ({"card_number": ""}, "card_number"),
        ({"card_number": "12345"}, "card_number"),
        ({"card_number": "1" * 21}, "card_number"),
        ({"card_number": "１２３４５６"}, "card_number"),
        ({"cpf": "52998224724"}, "cpf"),
        ({"cpf": "191"}, "cpf"),
        ({"cpf": "11111111111"}, "cpf"),
        ({"birth_date": ""}, "birth_date"),
        ({"birth_date": "24-03-1950"}, "birth_date"),
        ({"birth_date": "2023-02-29"}, "calendário"),
        ({"birth_date": "02/06/2026"}, "futuro"),
        ({"birth_date": "1896-05-31"}, "130 anos"),
        ({"full_name": " "}, "full_name"),
        ({"full_name": "a" * 301}, "300"),
        ({"social_name": "a" * 301}, "300"),
        ({"status": "ativo"}, "status"),
        ({"status": ""}, "status"),
        ({"origin": "Portal"}, "origin"),
        ({"password_hash": "senha"}, "password_hash"),
        ({"password_hash": BCRYPT[:-1]}, "password_hash"),
    ],
)
def test_a_bad_value_is_named_and_not_repeated(
    tmp_path: Path, other: dict[str, Any], word: str
) -> None:
    row = read_one(tmp_path, line(**other))
    assert isinstance(row, BadRow)
    assert row.line == 2
    assert word in row.reason
    (value,) = other.values()
    assert not value.strip() or value not in row.reason


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        (line() + ",mais", "12 colunas"),
        ("P1", "1 colunas"),
        (line().replace("Joana", "Jo\0ana"), "controle"),
        (line().replace("Joana", "Jo\x1bana"), "controle"),
        (line().replace("Joana", "Jo\rana"), "controle"),
        (line().encode("latin-1"), "UTF-8"),
        (b"\xed\xa0\x80", "UTF-8"),
        (line(full_name='"Joana'), "aspas"),
        (line(full_name='"Joana"x'), "aspas"),
        (line(full_name="a" * MAX_LINE_BYTES), "64 KiB"),
        (line(full_name="a" * 3 * MAX_LINE_BYTES), "64 KiB"),
    ],
)
def test_a_damaged_line_spoils_only_itself(tmp_path: Path, raw: str | bytes, word: str) -> None:
    bad, good = read(write(tmp_path / "a.csv", raw, line(2)))
    assert isinstance(bad, BadRow)
    assert word in bad.reason
    assert isinstance(good, RosterRow)
    assert (bad.line, good.line) == (2, 3)


def test_the_longest_line_is_read(tmp_path: Path) -> None:
    padding = MAX_LINE_BYTES - len(line().encode())
    row = read_one(tmp_path, line(social_name=" " * padding))
    assert isinstance(row, RosterRow)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("start", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("last", [b"", b"\n\n\r\n"])
def test_line_ends_byte_order_mark_and_empty_lines(
    tmp_path: Path, ending: bytes, start: bytes, last: bytes
) -> None:
    path = tmp_path / "a.csv"
    lines = [",".join(HEADER), line(1), "", line(2, full_name='"Sá, ""Zé"" de"')]
    path.write_bytes(start + ending.join(one.encode() for one in lines) + last)
    first, second = read(path)
    assert isinstance(first, RosterRow)
    assert isinstance(second, RosterRow)
    assert second.full_name == 'Sá, "Zé" de'
    assert (first.line, second.line) == (2, 4)


@pytest.mark.parametrize(
    "address", ["joana", "@exemplo.com.br", "joana@", "jo ana@exemplo.com.br", "a@" + "b" * 260]
)
def test_what_is_no_email_is_left_out_and_the_person_stays(tmp_path: Path, address: str) -> None:
    row = read_one(tmp_path, line(email=address))
    assert isinstance(row, RosterRow)
    assert (row.email, row.email_key, row.email_left_out) == (None, None, True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        line().encode(),
        ",".join(HEADER[:-1]).encode(),
        ";".join(HEADER).encode(),
        ",".join(reversed(HEADER)).encode(),
        ",".join(HEADER).encode("utf-16"),
        b"\xff" * 100,
        b'"',
    ],
)
def test_another_header_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(Complaint, match="cabeçalho esperado") as raised:
        read(path)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="não pôde ser lido"):
        read(tmp_path / "nada.csv")


@given(st.binary(max_size=300), st.booleans())
@example(b"\xef\xbb\xbf" * 3, True)
@example(b'"\n"\r"\0,', True)
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_bytes_make_the_reader_fail(tmp_path: Path, content: bytes, has_header: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes((",".join(HEADER) + "\n").encode() * has_header + content)
    if has_header:
        rows = read(path)
        assert len(rows) == sum(1 for part in content.split(b"\n") if part not in (b"", b"\r"))
    else:
        with pytest.raises(Complaint):
            read(path)


def test_rows_do_not_show_themselves(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path / "a.csv", line(), line(2, cpf="1")))
    assert repr(good) == "RosterRow(line=2)"
    assert "P2" not in repr(bad)


@pytest.mark.parametrize("column", ["full_name", "social_name", "email"])
def test_nothing_long_is_normalised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    """It would take a second a line: the time grows with the square of what marks stand there."""
    seen: list[int] = []

    def noted(_form: str, text: str) -> str:
        seen.append(len(text))
        return text

    monkeypatch.setattr("unicodedata.normalize", noted)
    other: dict[str, Any] = {column: "a@" + "\u0315\u0300" * 7_000}
    (row,) = read(write(tmp_path / "a.csv", line(**other)))
    assert isinstance(row, BadRow) == (column != "email")
    assert max(seen, default=0) <= 4 * MAX_NAME_LENGTH
