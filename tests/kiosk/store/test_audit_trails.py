"""The audit of a device on its real, encrypted file, and what is done to it by others."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from kiosk.custody.choices import Wish
from kiosk.custody.custodies import CustodyKind
from kiosk.database.drivers import INTEGRITY_ERRORS, connect
from kiosk.database.keys import StoreKey
from kiosk.database.migrations import create
from kiosk.database.statements import driver_of
from kiosk.domain.audit_chains import Break, BreakKind, Head, Verdict
from kiosk.domain.operations import Outcome, Reason
from kiosk.store.audit_checks import check_audit
from kiosk.store.audit_trails import TRAIL, Event, append, forget_known, known_head
from kiosk.store.files import FILE_NAME, SCRIPTS, open_store
from kiosk.store.outboxes import Outbox
from kiosk.store.parked_operations import ParkedOperations
from kiosk.store.queued_operations import Settlement
from kiosk.store.restore_reports import mark_read
from kiosk.store.unlockings import unlock
from tests.factories import new_operation, operation_id, person

NOW = 1_700_000_000_000


@pytest.fixture
def key(tmp_path: Path) -> StoreKey:
    return unlock(tmp_path, Wish(CustodyKind.DEMO))


@pytest.fixture
def engine(tmp_path: Path, key: StoreKey) -> Iterator[Engine]:
    engine = open_store(tmp_path, key)
    yield engine
    engine.dispose()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def live(engine: Engine, first: int = 1) -> Outbox:
    """Record ten and settle three of them, with the word of a registry that knows of it."""
    outbox = Outbox(engine, "K7Q2MT")
    made = [new_operation(person(number)) for number in range(first, first + 10)]
    for new in made:
        outbox.record(new)
    known = outbox.chain(None).head
    answers = [Settlement(new.id, Outcome.REJECTED, Reason.STALE, NOW) for new in made[:3]]
    outbox.settle(answers, NOW, known)
    return outbox


def tamper(path: Path, key: StoreKey, *statements: str) -> None:
    with closing(connect(path, key, isolation_level=None)) as connection:
        for verb in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{verb}")
        for statement in statements:
            connection.execute(statement)
        for guard in TRAIL.guards():
            connection.execute(guard)


def test_everything_that_is_done_is_one_chain(engine: Engine, path: Path, key: StoreKey) -> None:
    outbox = live(engine)
    waiting = outbox.claim(0, limit=10, max_bytes=10**6)
    for one, _ in zip(waiting, range(4), strict=False):
        outbox.park(one.id, "no_answer", NOW)
    parked = ParkedOperations(outbox)
    assert parked.send_again(4, operation_id(), "M1", NOW)
    assert parked.hand_over(5, "ver", "M1", NOW)
    assert parked.withdraw(6, "desistiu", "M1", NOW)
    outbox.revise(Settlement(waiting[6].id, Outcome.QUARANTINED, Reason.STALE, NOW), NOW)
    mark_read(engine, 1, "M1", NOW)
    with engine.connect() as connection:
        told = connection.execute(text("SELECT event FROM audit ORDER BY id")).scalars().all()
    assert told[10:] == [
        *["rejected"] * 3,
        *["parked"] * 4,
        *("sent_again", "recorded", "handed_over", "withdrawn", "quarantined"),
    ]
    verdict = check_audit(path, key)
    assert verdict == Verdict(22, outbox.chain(None).head, None)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE audit SET at = at + 1 WHERE id = 4", (BreakKind.ALTERED, 4)),
        ("UPDATE audit SET event = 'accepted' WHERE id = 11", (BreakKind.ALTERED, 11)),
        ("UPDATE audit SET operation = zeroblob(16) WHERE id = 1", (BreakKind.ALTERED, 1)),
        ("UPDATE audit SET detail = NULL WHERE id = 13", (BreakKind.ALTERED, 13)),
        ("DELETE FROM audit WHERE id = 5", (BreakKind.MISSING, 5)),
        ("DELETE FROM audit WHERE id > 9", (BreakKind.TRUNCATED, 10)),
        ("DELETE FROM audit", (BreakKind.TRUNCATED, 1)),
    ],
)
def test_whatever_is_done_to_the_table_shows(
    engine: Engine, path: Path, key: StoreKey, statement: str, expected: tuple[BreakKind, int]
) -> None:
    live(engine)
    engine.dispose()
    tamper(path, key, statement)
    verdict = check_audit(path, key)
    assert verdict is not None
    assert verdict.broken == Break(*expected)


def test_an_end_that_was_written_anew_is_another_chain(
    engine: Engine, path: Path, key: StoreKey
) -> None:
    live(engine)
    engine.dispose()
    tamper(path, key, "DELETE FROM audit WHERE id > 8")
    with closing(connect(path, key, isolation_level=None)) as connection:
        append(connection, *(Event(NOW, "withdrawn") for _ in range(9)))
    verdict = check_audit(path, key)
    assert verdict is not None
    # The registry knows line 10.
    assert (verdict.lines, verdict.broken) == (17, Break(BreakKind.FORKED, 1))


def test_an_old_file_in_its_place_shows_against_a_head_kept_elsewhere(
    engine: Engine, path: Path, key: StoreKey, tmp_path: Path
) -> None:
    live(engine)
    engine.dispose()
    shutil.copy(path, tmp_path / "old")
    again = open_store(tmp_path, key)
    late = live(again, 20).chain(None).head
    again.dispose()
    assert check_audit(path, key, [late]) == Verdict(26, late, None)
    shutil.copy(tmp_path / "old", path)
    verdict = check_audit(path, key)
    assert verdict is not None
    assert verdict.broken is None
    verdict = check_audit(path, key, [late])
    assert verdict is not None
    assert verdict.broken == Break(BreakKind.TRUNCATED, 14)


@pytest.mark.parametrize("statement", ["UPDATE audit SET at = 0", "DELETE FROM audit"])
def test_the_program_itself_cannot_take_a_line_back(engine: Engine, statement: str) -> None:
    live(engine)
    with engine.connect() as connection, pytest.raises(INTEGRITY_ERRORS):
        driver_of(connection).execute(statement)


def test_a_store_that_cannot_be_looked_at_has_no_verdict(tmp_path: Path, key: StoreKey) -> None:
    assert check_audit(tmp_path / "none", key) is None
    (tmp_path / "odd").write_bytes(b"x" * 5000)
    assert check_audit(tmp_path / "odd", key) is None
    create(tmp_path / "older", SCRIPTS, "0006", key)
    assert check_audit(tmp_path / "older", key) is None


def test_what_the_registry_holds_is_kept_with_the_answers_and_may_be_forgotten(
    engine: Engine,
) -> None:
    with engine.begin() as connection:
        assert known_head(driver_of(connection)) is None
    outbox = live(engine)
    with engine.begin() as connection:
        known = known_head(driver_of(connection))
        assert known is not None
        assert known.number == 10
        assert outbox.chain(10).link == known.link
        forget_known(driver_of(connection))
        assert known_head(driver_of(connection)) is None


def test_what_an_older_program_wrote_is_chained_as_found_and_said_to_be(
    tmp_path: Path, key: StoreKey, path: Path
) -> None:
    create(path, SCRIPTS, "0006", key)
    lines = "INSERT INTO audit (id, at, event, operation, detail) VALUES (?, 1, ?, ?, ?)"
    with closing(connect(path, key)) as old:
        # With a gap, as a restoration by such a program may leave one.
        old.execute(lines, (1, "recorded", bytes(16), None))
        old.execute(lines, (7, "restored", None, "x quarantine/1"))
        old.commit()
    engine = open_store(tmp_path, key)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id, event, detail FROM audit ORDER BY id")).all()
    assert rows == [
        (1, "recorded", None),
        (7, "restored", "x quarantine/1"),
        (8, "chain_began", "before=7"),
    ]
    report = Outbox(engine, "K7Q2MT").chain(7)
    engine.dispose()
    assert report.link is not None
    assert check_audit(path, key, [Head(7, report.link), report.head]) == Verdict(
        3, report.head, None
    )
    tamper(path, key, "DELETE FROM audit WHERE id = 1")
    verdict = check_audit(path, key)
    assert verdict is not None
    assert verdict.broken == Break(BreakKind.MISSING, 1)


def test_a_registry_that_knows_better_is_written_down(engine: Engine) -> None:
    outbox = live(engine)
    outbox.contradicted(Head(99, bytes(32)), NOW)
    with engine.connect() as connection:
        last = connection.execute(text("SELECT event, detail FROM audit ORDER BY id DESC")).first()
    assert last == ("chain_contradicted", f"known=99:{'00' * 32}")
    assert outbox.chain(None).head.number == 14
