import csv
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk.complaints import Complaint
from kiosk.domain.cards import CardFormat
from kiosk.registry.imports import ImportReport, import_roster
from kiosk.registry.samples import write_sample
from kiosk.registry.tables import audit, changes, people
from kiosk.wire.messages import AccountChange
from tests.kiosk.registry.rosters import BCRYPT, line, write
from tests.kiosk.registry.workbench import CPFS, OTHER_DEVICE, Workbench
from tests.seals import sign_in_request

OTHER_BCRYPT = "$2b$06$PAS.amostra.antigo.12O/h0Y9kfnHafKjgVgO5A7jVyjpdf5ClW"
BCRYPT_PASSWORD = "jabuticaba-no-quintal"


class Importer:
    def __init__(self, registry: Workbench, path: Path) -> None:
        self._registry = registry
        self.path = path

    def __call__(self, *lines: str | bytes, **options: Any) -> ImportReport:
        write(self.path, *lines)
        usual: dict[str, Any] = {"card_format": CardFormat(), "clock": self._registry.clock}
        return import_roster(
            self._registry.engine,
            self.path,
            **(usual | options),
        )


@pytest.fixture
def bring(registry: Workbench, tmp_path: Path) -> Importer:
    return Importer(registry, tmp_path / "pessoas.csv")


def dump(registry: Workbench) -> list[list[dict[str, Any]]]:
    return [registry.rows(table) for table in (people, changes, audit)]


def rejected(bring: Importer) -> list[tuple[str, str, str]]:
    with bring.path.with_name("pessoas.rejected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:3] == ["line", "reason", "person_id"]
    return [(row[0], row[1], row[2]) for row in rows[1:]]


def told(registry: Workbench, after: str | None = None) -> list[str]:
    by_ref = {row["ref"]: row["person_id"] for row in registry.rows(people)}
    return [
        by_ref[change.ref]
        for change in registry.pull(after).changes
        if isinstance(change, AccountChange)
    ]


def test_new_people_come_in_and_the_feed_tells_of_them(
    registry: Workbench, bring: Importer
) -> None:
    report = bring(
        line(1, email="um@exemplo.com.br", origin="portal", password_hash=BCRYPT),
        line(2, holder_id="P1", cpf=""),
    )
    assert (report.rows, report.added, report.changed, report.rejected) == (2, 2, 0, 0)
    assert report.rejected_file is None
    assert told(registry) == ["P1", "P2"]
    first = registry.account("P1")
    assert first.password_hash == BCRYPT
    assert (first.person.origin, first.person.email) == ("portal", "um@exemplo.com.br")
    assert (first.person.credential_changed_at, first.person.email_changed_at) == (0, 0)
    assert registry.account("P2").person.holder_id == "P1"
    row, _ = registry.rows(people)
    assert row["email_source"] == "plan"
    assert len(row["ref"]) == 32


def test_the_same_file_twice_changes_nothing(registry: Workbench, tmp_path: Path) -> None:
    path = tmp_path / "amostra.csv"
    write_sample(path, people=120, seed=3)
    clock, form = registry.clock, CardFormat()
    import_roster(registry.engine, path, card_format=form, clock=clock)
    before = dump(registry)
    clock.now += 1000
    report = import_roster(registry.engine, path, card_format=form, clock=clock)
    assert (report.rows, report.added, report.changed, report.absent) == (120, 0, 0, 0)
    assert dump(registry) == before


@pytest.mark.parametrize(
    "other",
    [
        {"card_number": "777777777777"},
        {"cpf": CPFS[3]},
        {"cpf": ""},
        {"birth_date": "1950-03-25"},
        {"full_name": "Joana Luz"},
        {"social_name": "Jô"},
        {"status": "cancelled"},
        {"holder_id": "P2"},
    ],
)
def test_membership_always_follows_the_plan(
    registry: Workbench, bring: Importer, other: dict[str, str]
) -> None:
    bring(line(1), line(2))
    registry.push(registry.message())
    cursor = registry.pull().cursor
    report = bring(line(1, **other), line(2))
    assert (report.added, report.changed) == (0, 1)
    assert told(registry, cursor) == ["P1"]
    row = registry.rows(people)[0]
    ((name, value),) = other.items()
    assert str(row[name] or "") == value
    assert row["origin"] == "app_2024"
    assert registry.rows(audit)[-1]["what"] == "import_membership"


def test_an_account_of_ours_is_never_taken_back(registry: Workbench, bring: Importer) -> None:
    bring(line(1, origin="portal", password_hash=BCRYPT))
    registry.push(registry.message())
    before = dump(registry)
    report = bring(line(1, origin="legacy_app", password_hash=OTHER_BCRYPT))
    assert report.changed == 0
    assert dump(registry) == before


@pytest.mark.parametrize(
    ("origin", "password_hash"), [("portal", OTHER_BCRYPT), ("legacy_app", BCRYPT), ("none", "")]
)
def test_before_that_origin_and_password_follow_the_plan(
    registry: Workbench, bring: Importer, origin: str, password_hash: str
) -> None:
    bring(line(1, origin="portal", password_hash=BCRYPT))
    report = bring(line(1, origin=origin, password_hash=password_hash))
    assert report.changed == 1
    account = registry.account()
    assert account.person.origin == origin
    assert account.password_hash == (password_hash or None)
    assert account.person.credential_changed_at == registry.rows(changes)[-1]["position"]
    assert account.person.credential_changed_by is None


def test_a_portal_password_changed_meanwhile_overtakes_a_waiting_reset(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1, origin="portal", password_hash=BCRYPT))
    seen = registry.pull().cursor
    bring(line(1, origin="portal", password_hash=OTHER_BCRYPT))
    (answer,) = registry.push(registry.message("reset", seen=seen))
    assert answer.reason == "superseded"


def test_a_first_import_overtakes_nobody(registry: Workbench, bring: Importer) -> None:
    bring(line(1, origin="portal", password_hash=BCRYPT))
    (answer,) = registry.push(registry.message("reset", seen=None))
    assert answer.outcome == "accepted"


def test_a_password_hashed_anew_here_is_not_taken_for_a_new_one(
    registry: Workbench, bring: Importer
) -> None:
    roster = line(1, origin="portal", password_hash=BCRYPT)
    bring(roster)
    request = sign_in_request("000000000001", BCRYPT_PASSWORD, device=OTHER_DEVICE)
    answer = registry.sign_ins.attempt(request)
    assert answer.afterwards is not None
    answer.afterwards()
    before = dump(registry)
    assert bring(roster).changed == 0
    assert dump(registry) == before
    assert registry.hashes.is_current(registry.account().password_hash or "")


def test_an_email_follows_the_plan_until_one_was_set_here(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1))
    bring(line(1, email="um@exemplo.com.br"))
    person = registry.account().person
    assert person.email == "um@exemplo.com.br"
    assert person.email_changed_at == registry.rows(changes)[-1]["position"]
    bring(line(1))
    assert registry.account().person.email is None
    assert registry.rows(people)[0]["email_source"] is None
    message = registry.message("set_email", registry.email("meu@exemplo.com.br"))
    registry.push(message, acted_now=True)
    assert bring(line(1, email="um@exemplo.com.br")).changed == 0
    assert registry.account().person.email == "meu@exemplo.com.br"


def test_people_who_swap_cards_and_cpfs_do(registry: Workbench, bring: Importer) -> None:
    bring(line(1), line(2), line(3))
    report = bring(
        line(1, card_number="000000000002", cpf=CPFS[2]),
        line(2, card_number="000000000003", cpf=CPFS[0]),
        line(3, card_number="000000000001", cpf=CPFS[1]),
    )
    assert (report.changed, report.rejected) == (3, 0)
    rows = registry.rows(people)
    assert [row["card_number"][-1] for row in rows] == ["2", "3", "1"]
    assert [row["cpf"] for row in rows] == [CPFS[2], CPFS[0], CPFS[1]]


def test_a_card_may_pass_to_a_new_person(registry: Workbench, bring: Importer) -> None:
    bring(line(1))
    report = bring(line(2, card_number="000000000001"), line(1, card_number="000000000009"))
    assert (report.added, report.changed, report.rejected) == (1, 1, 0)


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"person_id": "P1"}, "person_id repetido: já está na linha 2"),
        ({"card_number": "000000000001"}, "card_number repetido: já está na linha 2"),
        ({"cpf": CPFS[0]}, "cpf repetido: já está na linha 2"),
    ],
)
def test_of_two_rows_with_the_same_the_first_stays(
    registry: Workbench, bring: Importer, other: dict[str, str], word: str
) -> None:
    report = bring(line(1), line(2, **other), line(3))
    assert (report.added, report.rejected) == (2, 1)
    assert report.rejected_file == bring.path.with_name("pessoas.rejected.csv")
    assert rejected(bring) == [("3", word, other.get("person_id", "P2"))]


def test_a_row_left_out_takes_nothing_from_later_ones(registry: Workbench, bring: Importer) -> None:
    report = bring(
        line(1),
        line(1, card_number="000000000002"),
        line(2, cpf="1"),
        line(2),
    )
    assert (report.added, report.rejected) == (2, 2)
    assert [row[0] for row in rejected(bring)] == ["3", "4"]


def test_repetitions_are_found_across_chunks(bring: Importer) -> None:
    assert bring(line(1), line(2), line(2), line(1), line(3), chunk=1).rejected == 2
    assert [row[0] for row in rejected(bring)] == ["4", "5"]


@pytest.mark.parametrize("name", ["card_number", "cpf"])
def test_what_belongs_to_somebody_absent_is_not_taken(
    registry: Workbench, bring: Importer, name: str
) -> None:
    bring(line(1))
    value = {"card_number": "000000000001", "cpf": CPFS[0]}[name]
    report = bring(line(2, **{name: value}))
    assert (report.added, report.rejected, report.absent) == (0, 1, 1)
    assert rejected(bring) == [("2", f"{name} já é de outra pessoa do cadastro", "P2")]


def test_whoever_is_left_out_keeps_what_another_was_to_get(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1), line(2), line(3))
    # 1 wants the card of 3, who is absent; so 1 keeps a card that 2 wants, and 4 wants that of 2.
    report = bring(
        line(1, card_number="000000000003"),
        line(2, card_number="000000000001"),
        line(4, card_number="000000000002"),
    )
    assert (report.added, report.changed, report.rejected) == (0, 0, 3)
    assert len(registry.rows(people)) == 3


def test_people_the_file_does_not_mention_are_counted_and_kept(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1), line(2), line(3))
    report = bring(line(1), line(2, cpf="1"))
    assert (report.absent, report.rejected) == (1, 1)
    assert len(registry.rows(people)) == 3


def test_collisions_and_shared_addresses_are_reported_by_line(
    registry: Workbench, bring: Importer
) -> None:
    report = bring(
        line(1, email="casa@exemplo.com.br"),
        line(2, card_number=CPFS[0]),
        line(3, email="CASA@exemplo.com.br", card_number=CPFS[2]),
        line(4, email="nada"),
    )
    assert (report.collisions, report.collision_lines) == (1, (3,))
    assert (report.shared_addresses, report.shared_lines) == (1, (2, 4))
    assert (report.emails_left_out, report.email_lines) == (1, (5,))


def test_sharing_an_address_is_told_of_those_it_befalls(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1, email="casa@exemplo.com.br"), line(2), line(3))
    cursor = registry.pull().cursor
    bring(line(1, email="casa@exemplo.com.br"), line(2, email="Casa@exemplo.com.br"), line(3))
    assert sorted(told(registry, cursor)) == ["P1", "P2"]
    cursor = registry.pull().cursor
    bring(line(1, email="casa@exemplo.com.br"), line(2), line(3))
    assert sorted(told(registry, cursor)) == ["P1", "P2"]


def test_rejected_lines_are_written_whole_for_their_owner_alone(bring: Importer) -> None:
    bring(line(1, cpf="1"), b"\xff\0", line(2), '"')
    path = bring.path.with_name("pessoas.rejected.csv")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1][0] == "2"
    assert rows[1][2:] == line(1, cpf="1").split(",")
    assert rows[2][2:] == ["\\xff\\x00"]
    assert rows[3][0] == "5"
    assert rows[3][2:] == ['"']


def test_an_old_file_of_rejected_lines_does_not_outlive_a_clean_import(bring: Importer) -> None:
    bring(line(1, cpf="1"))
    bring(line(1))
    assert not bring.path.with_name("pessoas.rejected.csv").exists()


def test_an_interrupted_import_leaves_everything_as_it_was(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1))
    before = dump(registry)

    def interrupted() -> Iterator[int]:
        yield registry.clock.now
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bring(line(1, full_name="Outra"), line(2), clock=interrupted().__next__)
    assert dump(registry) == before
    assert bring(line(1), line(2)).added == 1


def test_rejected_lines_that_cannot_be_written_stop_the_import(
    registry: Workbench, bring: Importer
) -> None:
    bring.path.with_name("pessoas.rejected.csv").mkdir()
    with pytest.raises(Complaint, match="nada foi importado"):
        bring(line(1), line(2, cpf="1"))
    assert registry.rows(people) == []


def test_a_broken_file_stops_before_anything_is_written(
    registry: Workbench, bring: Importer
) -> None:
    bring(line(1))
    bring.path.write_text("nada")
    with pytest.raises(Complaint):
        import_roster(registry.engine, bring.path, card_format=CardFormat(), clock=registry.clock)
    assert len(registry.rows(people)) == 1
