import pytest

from kiosk.registry.device_lists import shut_out
from kiosk.registry.feeds import MAX_PAGE, CursorGone
from kiosk.registry.tables import DeviceState
from kiosk.wire.messages import AccountChange, FoundMessage, OutcomeChange
from tests.kiosk.registry.workbench import DEVICE, OTHER_DEVICE, Workbench


def test_an_empty_feed_has_a_cursor_to_go_on_from(registry: Workbench) -> None:
    page = registry.pull()
    assert (page.changes, page.more) == ([], False)
    assert registry.pull(page.cursor).changes == []


def test_a_page_tells_the_registrys_time(registry: Workbench) -> None:
    assert registry.pull().now == registry.clock.now


def test_an_account_is_told_as_it_stands_without_naming_the_person(registry: Workbench) -> None:
    registry.add_person(email="um@exemplo.com.br", origin="portal")
    (answer,) = registry.push(registry.message())
    account, outcome = registry.pull().changes
    assert account == AccountChange(
        ref=registry.account().ref, status="active", origin="app_2024", email="usable"
    )
    assert outcome == OutcomeChange(
        operation=answer.id,
        outcome="accepted",
        reason=None,
        decided_at=answer.decided_at,
        found=FoundMessage(origin="portal", status="active"),
    )


def test_the_state_of_the_email_is_told(registry: Workbench) -> None:
    registry.add_person(1, email="um@exemplo.com.br")
    registry.add_person(2, email="UM@exemplo.com.br")
    registry.add_person(3, email="tres@exemplo.com.br")
    registry.add_person(4)
    registry.tell("P1", "P2", "P3", "P4")
    told = [change.email for change in registry.pull().changes if isinstance(change, AccountChange)]
    assert told == ["shared", "shared", "usable", "none"]


def test_outcomes_go_to_their_own_device_alone(registry: Workbench) -> None:
    registry.add_person()
    registry.push(registry.message(), registry.message("reset"))
    here = registry.pull()
    there = registry.pull(device=OTHER_DEVICE)
    assert [type(change) for change in here.changes] == [
        AccountChange,
        OutcomeChange,
        OutcomeChange,
    ]
    assert [type(change) for change in there.changes] == [AccountChange]
    assert registry.pull(there.cursor, device=OTHER_DEVICE).changes == []


def test_pages_follow_one_another_until_there_is_no_more(registry: Workbench) -> None:
    for number in (1, 2, 3):
        registry.add_person(number)
    registry.push(*(registry.message(body=registry.credential(number)) for number in (1, 2, 3)))
    whole = registry.pull().changes
    collected = []
    cursor, more = None, True
    while more:
        page = registry.pull(cursor, limit=2)
        assert 0 < len(page.changes) <= 2
        collected += page.changes
        cursor, more = page.cursor, page.more
    assert collected == whole
    assert len(whole) == 6


def test_changes_of_one_person_are_told_once_a_page(registry: Workbench) -> None:
    registry.add_person(1)
    registry.add_person(2)
    registry.tell("P1", "P2", "P1")
    refs = [change.ref for change in registry.pull().changes if isinstance(change, AccountChange)]
    assert refs == [registry.account("P2").ref, registry.account("P1").ref]


@pytest.mark.parametrize("limit", [-5, 0, 1])
def test_a_page_holds_at_least_one_change(registry: Workbench, limit: int) -> None:
    registry.add_person()
    registry.push(registry.message())
    page = registry.pull(limit=limit)
    assert (len(page.changes), page.more) == (1, True)


def test_a_page_has_a_greatest_size(registry: Workbench) -> None:
    registry.add_person()
    registry.tell(*["P1"] * (MAX_PAGE + 1))
    assert registry.pull(limit=10**9).more


@pytest.mark.parametrize("beyond", [True, False])
def test_a_cursor_that_is_not_of_this_feed_is_gone(registry: Workbench, beyond: bool) -> None:
    with pytest.raises(CursorGone):
        registry.pull(registry.cursors.issue(1, b"a mark") if beyond else "nonsense")


def test_a_device_hears_how_far_its_receipts_have_come(registry: Workbench) -> None:
    registry.add_person()
    registry.enrol(DEVICE)
    assert registry.pull().last_sequence == 0
    # Whatever number an operation has besides, its receipt's counts.
    registry.push(registry.message(sequence=2**63 - 1))
    assert registry.pull().last_sequence == 1
    shut_out(registry.engine, DEVICE, DeviceState.STOLEN, registry.clock.now)
    registry.push(registry.message("reset"))
    assert registry.pull().last_sequence == 1
