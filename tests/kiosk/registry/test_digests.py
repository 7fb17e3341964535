import threading
from datetime import date
from pathlib import Path
from time import monotonic
from typing import Any

import msgspec
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from kiosk.registry import feeds
from kiosk.registry.digest_threads import DigestThread
from kiosk.registry.digests import BATCH, Digests, Filled, digest_key
from kiosk.registry.snapshots import folder_beside
from kiosk.registry.tables import changes, digests, people
from kiosk.wire.identity_digests import card_digest, verifier
from kiosk.wire.messages import DIGESTS, AccountChange, DigestLine, OutcomeChange
from tests.factories import cpf
from tests.kiosk.registry.workbench import (
    BORN,
    CPFS,
    DEVICE,
    OTHER_DEVICE,
    Workbench,
)

PATIENCE = 60.0


def expected(
    registry: Workbench,
    number: int = 1,
    card: str | None = None,
    cpf: str | None = "",
    born: date = BORN,
) -> DigestLine:
    """Return the line of a person, as the workbench makes them, or otherwise."""
    key = registry.digest_key
    card = f"{number:012d}" if card is None else card
    slow = verifier(key, card, CPFS[number - 1] if cpf == "" else cpf, born)
    return DigestLine(card_digest(key, card), slow)


def gone(registry: Workbench, number: int = 1) -> DigestLine:
    return DigestLine(card_digest(registry.digest_key, f"{number:012d}"), b"")


def lines(registry: Workbench, after: str | None = None) -> list[DigestLine]:
    page = registry.pull(after, digests=True).digests
    assert page is not None
    assert page.key == registry.digest_key
    return page.lines


def in_order(these: list[DigestLine]) -> list[DigestLine]:
    return sorted(these, key=lambda one: one.card)


def alter(registry: Workbench, person_id: str, **values: object) -> None:
    with registry.engine.begin() as connection:
        connection.execute(update(people).where(people.c.person_id == person_id).values(values))
    registry.tell(person_id)


def add(registry: Workbench, *numbers: int, **other: Any) -> None:
    for number in numbers:
        registry.tell(registry.add_person(number, **other))


def test_each_person_gets_a_line(registry: Workbench) -> None:
    add(registry, 1, 2)
    add(registry, 3, cpf=None)
    assert registry.make_digests() == 3
    assert sorted(one.card for one in lines(registry)) == sorted(
        expected(registry, number).card for number in (1, 2, 3)
    )
    assert expected(registry, 3, cpf=None) in lines(registry)
    assert registry.digests.count() == 3


def test_what_was_made_is_made_once(registry: Workbench) -> None:
    add(registry, 1)
    assert registry.make_digests() == 1
    before = registry.rows(changes)
    alter(registry, "P1", full_name="Joana Outra", email="x@exemplo.br")
    assert registry.make_digests() == 0
    again = Digests(registry.engine, registry.digest_key, registry.clock)
    assert again.fill() == Filled(0, has_more=False)
    # Only what was told of the person came to the feed.
    assert len(registry.rows(changes)) == len(before) + 1


@pytest.mark.parametrize("what", ["cpf", "birth date"])
def test_a_correction_takes_the_place_of_what_was(registry: Workbench, what: str) -> None:
    add(registry, 1)
    registry.make_digests()
    cursor = registry.pull(digests=True).cursor
    if what == "cpf":
        alter(registry, "P1", cpf=cpf(77))
        line = expected(registry, cpf=cpf(77))
    else:
        alter(registry, "P1", birth_date=date(1951, 1, 1))
        line = expected(registry, born=date(1951, 1, 1))
    assert registry.make_digests() == 1
    assert lines(registry, cursor) == [line]
    assert lines(registry) == [line]


def test_a_reissued_card_leaves(registry: Workbench) -> None:
    add(registry, 1)
    registry.make_digests()
    cursor = registry.pull(digests=True).cursor
    alter(registry, "P1", card_number="999999999999")
    registry.make_digests()
    new = expected(registry, card="999999999999")
    assert in_order(lines(registry, cursor)) == in_order([gone(registry), new])
    alter(registry, "P1", card_number="888888888888")
    registry.make_digests()
    # Whoever has heard of neither change loses the first card all the same.
    assert gone(registry) in lines(registry, cursor)
    assert expected(registry, card="888888888888") in lines(registry, cursor)
    assert registry.digests.count() == 1


def test_a_cancelled_card_leaves_and_comes_back(registry: Workbench) -> None:
    add(registry, 1)
    add(registry, 2, status="cancelled")
    assert registry.make_digests() == 1
    cursor = registry.pull(digests=True).cursor
    alter(registry, "P1", status="cancelled")
    registry.make_digests()
    assert lines(registry, cursor) == [gone(registry)]
    assert registry.digests.count() == 0
    alter(registry, "P1", status="active")
    registry.make_digests()
    assert lines(registry, cursor) == [expected(registry)]


@pytest.mark.parametrize("batch", [1, 64])
@pytest.mark.parametrize("order", [("P1", "P2"), ("P2", "P1")])
def test_two_people_may_swap_cards(registry: Workbench, batch: int, order: tuple[str, str]) -> None:
    add(registry, 1, 2)
    registry.make_digests()
    cursor = registry.pull(digests=True).cursor
    with registry.engine.begin() as connection:
        for person_id, card in (("P1", "moving"), ("P2", f"{1:012d}"), ("P1", f"{2:012d}")):
            connection.execute(
                update(people).where(people.c.person_id == person_id).values(card_number=card)
            )
    registry.tell(*order)
    while registry.digests.fill(batch).has_more:
        pass
    swapped = [
        expected(registry, 1, card=f"{2:012d}"),
        expected(registry, 2, card=f"{1:012d}"),
    ]
    assert in_order(lines(registry, cursor)) == in_order(swapped)


def test_a_new_key_makes_all_anew(registry: Workbench) -> None:
    add(registry, 1, 2)
    registry.make_digests()
    dearer = digest_key(registry.keys, memory_kib=16)
    assert dearer.key != registry.digest_key.key
    other = Digests(registry.engine, dearer, registry.clock)
    assert other.fill().made == 2
    assert other.count() == 2
    told = registry.pull(digests=True).digests
    assert told is not None
    assert {card_digest(dearer, f"{number:012d}") for number in (1, 2)} < {
        one.card for one in told.lines
    }


def test_whoever_is_slower_drops_what_they_made(registry: Workbench) -> None:
    add(registry, 1)
    others: list[int] = []

    def overtaken(function: Any, them: Any) -> Any:
        if not others:
            others.append(0)
            alter(registry, "P1", birth_date=date(1960, 1, 1))
            others.append(registry.make_digests())
        return map(function, them)

    slow = Digests(registry.engine, registry.digest_key, registry.clock, overtaken)
    assert slow.fill() == Filled(0, has_more=True)
    assert others == [0, 1]
    assert slow.fill() == Filled(0, has_more=False)
    assert lines(registry) == [expected(registry, born=date(1960, 1, 1))]


def test_a_kiosk_gets_no_accounts_and_its_own_outcomes(registry: Workbench) -> None:
    add(registry, 1)
    registry.make_digests()
    (answer,) = registry.push(registry.message())
    page = registry.pull(digests=True)
    assert [type(one) for one in page.changes] == [OutcomeChange]
    assert page.changes[0].operation == answer.id  # type: ignore[union-attr]
    assert page.digests is not None
    text = msgspec.json.encode(page).decode()
    account = registry.account()
    assert account.ref not in text
    assert account.person.card_number not in text


def test_a_desk_gets_accounts_alone(registry: Workbench) -> None:
    add(registry, 1)
    before = registry.pull()
    registry.make_digests()
    page = registry.pull()
    assert page.digests is None
    assert [type(one) for one in page.changes] == [AccountChange]
    assert page.changes == before.changes
    assert registry.pull(before.cursor).changes == []


def test_pages_of_digests_follow_each_other(
    registry: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "MAX_DIGESTS", 3)
    add(registry, 1, 2, 3, 4)
    for _ in range(4):
        registry.push(registry.message())
    while registry.digests.fill(2).has_more:
        pass
    seen: list[DigestLine] = []
    outcomes, cursor, more, pages = 0, None, True, 0
    while more:
        page = registry.pull(cursor, limit=2, digests=True)
        assert page.digests is not None
        assert len(page.digests.lines) <= 3
        seen += page.digests.lines
        outcomes += len(page.changes)
        cursor, more, pages = page.cursor, page.more, pages + 1
        assert pages < 20
    assert in_order(seen) == in_order([expected(registry, number) for number in (1, 2, 3, 4)])
    assert outcomes == 4


def test_a_batch_is_never_more_than_a_page() -> None:
    # A reissued card is two lines.
    assert BATCH * 2 <= feeds.MAX_DIGESTS


def test_a_snapshot_holds_the_cards_that_are_good(registry: Workbench) -> None:
    add(registry, 1, 2, 3)
    registry.make_digests()
    alter(registry, "P2", status="cancelled")
    registry.make_digests()
    card = registry.digest_snapshots.make()
    content = registry.digest_snapshots.read(card.id, 0, 10**6)
    found = [msgspec.json.decode(line, type=DigestLine) for line in content.splitlines()]
    assert found == in_order([expected(registry, 1), expected(registry, 3)])
    assert card.count == 2
    assert lines(registry, card.cursor) == []
    assert registry.digest_snapshots.ask().holds == DIGESTS
    assert registry.snapshots.make().count == 3


def test_the_two_kinds_lie_apart(registry: Workbench) -> None:
    path = Path(str(registry.engine.url.database))
    assert folder_beside(path) != folder_beside(path, DIGESTS)
    made = registry.snapshots.make()
    for _ in range(5):
        registry.digest_snapshots.make()
    assert registry.snapshots.ask().id == made.id


def test_the_background_makes_what_comes(registry: Workbench) -> None:
    add(registry, 1)
    registry.enrol(DEVICE)
    thread = DigestThread(
        registry.engine, registry.digest_key, registry.clock, look_every_seconds=0.01
    )
    thread.start()
    until = monotonic() + PATIENCE
    for number in (1, 2):
        while registry.digests.count() < number:
            assert monotonic() < until
            threading.Event().wait(0.01)
        if number == 1:
            add(registry, 2)
    thread.stop()
    add(registry, 3)
    assert registry.make_digests() == 1


def test_without_a_kiosk_nothing_is_made(registry: Workbench) -> None:
    add(registry, 1)
    registry.enrol(DEVICE, face="desk")
    assert not registry.digests.is_wanted()
    registry.enrol(OTHER_DEVICE)
    assert registry.digests.is_wanted()


def test_the_background_ends_before_it_began(registry: Workbench) -> None:
    DigestThread(registry.engine, registry.digest_key, registry.clock).stop()


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize(
    "error", [OperationalError("", {}, Exception("database is locked")), RuntimeError("odd")]
)
def test_a_failure_is_waited_out(
    registry: Workbench, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Semaphore(0)

    def stumble(_self: Digests, _batch: int) -> Filled:
        asked.release()
        raise error

    registry.enrol(DEVICE)
    monkeypatch.setattr(Digests, "fill", stumble)
    monkeypatch.setattr("kiosk.registry.digest_threads._AFTER_A_FAILURE_SECONDS", 0.0)
    thread = DigestThread(registry.engine, registry.digest_key, registry.clock)
    thread.start()
    for _ in range(3):
        assert asked.acquire(timeout=PATIENCE)
    thread.stop()


def test_nothing_in_the_table_is_what_it_stands_for(registry: Workbench) -> None:
    add(registry, 1)
    registry.make_digests()
    (row,) = registry.rows(digests)
    assert row["inputs"] not in (row["card"], row["verifier"])
    plain = f"{1:012d}", CPFS[0], BORN.isoformat(), "Joana"
    stored = b"".join(row[name] for name in ("card", "verifier", "inputs"))
    assert not any(one.encode() in stored for one in plain)
