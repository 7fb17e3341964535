import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.complaints import Complaint
from kiosk.domain.cards import CardFormat
from kiosk.domain.people import Origin
from kiosk.registry.demonstrations import HASHES, PASSWORDS_BY_ORIGIN, Journey
from kiosk.registry.imports import import_roster
from kiosk.registry.password_hashes import PasswordHashes, is_known
from kiosk.registry.rosters import HEADER, Roster, RosterRow
from kiosk.registry.samples import demo_people, sample_rows, write_sample
from tests.kiosk.registry.workbench import Workbench

Row = dict[str, str]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [dict(zip(HEADER, row, strict=True)) for row in sample_rows(3000, seed=11)]


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    for file, seed in zip(files, (5, 5, 6), strict=True):
        write_sample(file, people=300, seed=seed)
    first, second, third = (file.read_bytes() for file in files)
    assert first == second != third


@pytest.mark.parametrize("people", [1, 5, 12, 13, 40])
def test_a_sample_has_as_many_people_as_asked_for(tmp_path: Path, people: int) -> None:
    write_sample(tmp_path / "a.csv", people, seed=1)
    found = list(Roster(tmp_path / "a.csv", CardFormat(), date(2025, 1, 1)).rows())
    assert len(found) == people
    assert all(isinstance(row, RosterRow) for row in found)


@pytest.mark.parametrize("seed", [1, 2024])
def test_every_sample_begins_with_one_person_per_journey(seed: int) -> None:
    demo = demo_people()
    begun = list(sample_rows(len(demo) + 3, seed))[: len(demo)]
    assert [row[0] for row in begun] == [person.person_id for person in demo]
    assert [person.journey for person in demo] == list(Journey)


def test_every_row_is_a_good_one(tmp_path: Path) -> None:
    write_sample(tmp_path / "a.csv", people=2000, seed=9)
    read = list(Roster(tmp_path / "a.csv", CardFormat(), date(2025, 1, 1)).rows())
    assert all(isinstance(row, RosterRow) and not row.email_left_out for row in read)


def test_people_cards_and_cpfs_are_each_ones_own(rows: list[Row]) -> None:
    for name in ("person_id", "card_number"):
        assert len({row[name] for row in rows}) == len(rows)
    numbers = [row["cpf"] for row in rows if row["cpf"]]
    assert len(set(numbers)) == len(numbers)


def test_a_sample_has_something_of_everything(rows: list[Row]) -> None:
    assert {row["origin"] for row in rows} == set(Origin)
    assert {row["status"] for row in rows} == {"active", "cancelled"}
    assert any("'" in row["full_name"] for row in rows[12:])
    assert any(not row["full_name"].isascii() for row in rows[12:])
    assert any(row["social_name"] for row in rows[12:])
    holders = {row["person_id"] for row in rows if not row["holder_id"]}
    dependants = [row for row in rows if row["holder_id"]]
    assert dependants
    assert {row["holder_id"] for row in dependants} <= holders
    children = [row for row in rows if row["birth_date"] > "2008"]
    assert any(not row["cpf"] for row in children)
    assert any(row["cpf"] for row in children)
    addresses = [row["email"] for row in rows[12:] if row["email"]]
    assert 0 < len(set(addresses)) < len(addresses)
    assert all(bool(row["password_hash"]) == (row["origin"] != "none") for row in rows)


def test_the_documented_passwords_open_their_hashes() -> None:
    hashes = PasswordHashes()
    documented = [password for words in PASSWORDS_BY_ORIGIN.values() for password in words]
    assert sorted(documented) == sorted(HASHES)
    page = (Path(__file__).parents[3] / "docs" / "domain.md").read_text(encoding="utf-8")
    assert [password for password in documented if f"`{password}`" not in page] == []
    for password, stored in HASHES.items():
        assert is_known(stored)
        assert hashes.verify(password, stored)
        assert hashes.is_current(stored) == (password in PASSWORDS_BY_ORIGIN[Origin.APP_2024])


def test_demo_people_have_the_passwords_of_their_origin() -> None:
    for person in demo_people():
        words = PASSWORDS_BY_ORIGIN[person.origin]
        assert person.password in (words or (None,)) or person.password is None
        assert (person.password_hash is None) == (person.password is None)
        assert person.password is None or person.password not in repr(person)


def test_demo_people_say_what_to_type() -> None:
    by_journey = {person.journey: person for person in demo_people()}
    assert by_journey[Journey.SOCIAL_NAME].shown_data[0] == ("Nome", "Cecília Luz")
    data = dict(by_journey[Journey.REGISTER_WITHOUT_CPF].shown_data)
    assert set(data) == {"Nome", "Cartão", "Nascimento"}
    assert data["Nascimento"] == "03/09/2021"
    assert set(dict(by_journey[Journey.SIGN_IN].shown_data)) == {
        "Nome",
        "Cartão",
        "CPF",
        "Nascimento",
        "E-mail",
        "Senha",
    }
    assert len({person.words for person in demo_people()}) == len(demo_people())


@pytest.mark.parametrize(
    ("journey", "by_card", "by_cpf"),
    [
        (Journey.PORTAL, "signed_in", "must_reset"),
        (Journey.LEGACY, "must_register", "must_register"),
        (Journey.SIGN_IN, "signed_in", "signed_in"),
        (Journey.SHARED_EMAIL, "signed_in", "signed_in"),
        (Journey.CANCELLED, "not_covered", "not_covered"),
        (Journey.PORTAL_AND_REGISTER, "signed_in", "must_reset"),
        (Journey.PORTAL_RESET, "signed_in", "must_reset"),
    ],
)
def test_a_demo_person_does_what_their_journey_says(
    engine: Engine, tmp_path: Path, journey: Journey, by_card: str, by_cpf: str
) -> None:
    registry = Workbench(engine)
    write_sample(tmp_path / "a.csv", people=12, seed=1)
    import_roster(engine, tmp_path / "a.csv", card_format=CardFormat(), clock=registry.clock)
    person = next(one for one in demo_people() if one.journey is journey)
    assert person.password is not None
    assert registry.sign_in(person.card_number, person.password) == by_card
    assert registry.sign_in(person.cpf or "", person.password) == by_cpf
    if journey is Journey.SHARED_EMAIL:
        assert registry.sign_in(person.email or "", person.password) == "no_match"


def test_what_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="não pôde ser gravada"):
        write_sample(tmp_path / "nada" / "a.csv", people=1, seed=1)
    with pytest.raises(Complaint, match="--people"):
        write_sample(tmp_path / "a.csv", people=0, seed=1)
    assert list(tmp_path.iterdir()) == []


def test_a_sample_is_plain_csv(tmp_path: Path) -> None:
    write_sample(tmp_path / "a.csv", people=30, seed=1)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        header, *read = csv.reader(file)
    assert tuple(header) == HEADER
    assert [tuple(row) for row in read] == list(sample_rows(30, seed=1))
