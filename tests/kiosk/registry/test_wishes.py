"""One wish sent under two ids, what the registry had, and the order of one device's people."""

import msgspec
import pytest
from sqlalchemy import update

from kiosk.registry.claims import NotUnderstood
from kiosk.registry.tables import changes, operations, people
from kiosk.wire.messages import FoundMessage
from tests.kiosk.registry.workbench import Workbench, altered

OTHER = "9ZX4BC"


@pytest.mark.parametrize("first", ["old", "new"])
@pytest.mark.parametrize("together", [True, False], ids=["one batch", "two batches"])
def test_a_wish_sent_again_has_one_effect_whichever_comes_first(
    registry: Workbench, first: str, together: bool
) -> None:
    registry.add_person()
    old = registry.message()
    new = registry.message(replaces=old.id, sequence=old.sequence)
    pair = (old, new) if first == "old" else (new, old)
    if together:
        answers = registry.push(*pair)
    else:
        answers = [*registry.push(pair[0]), *registry.push(pair[1])]
    assert [(one.outcome, one.reason, one.duplicate) for one in answers] == [
        ("accepted", None, False)
    ] * 2
    told = [row["what"] for row in registry.rows(changes)]
    assert told.count("credential") == 1
    assert told.count("outcome") == 2


def test_three_of_one_wish_are_one(registry: Workbench) -> None:
    registry.add_person()
    first = registry.message()
    later = [registry.message(replaces=first.id, sequence=first.sequence) for _ in range(2)]
    registry.push(later[1])
    assert [one.outcome for one in registry.push(later[0], first)] == ["accepted"] * 2
    assert [row["what"] for row in registry.rows(changes)].count("credential") == 1
    assert {row["wish"].hex() for row in registry.rows(operations)} == {first.id}


def test_what_was_refused_is_not_decided_anew_when_it_is_sent_again(registry: Workbench) -> None:
    registry.add_person(status="cancelled")
    first = registry.message()
    assert registry.push(first)[0].reason == "not_covered"
    with registry.engine.begin() as connection:
        connection.execute(update(people).values(status="active"))
    (answer,) = registry.push(registry.message(replaces=first.id, sequence=first.sequence))
    assert (answer.outcome, answer.reason) == ("rejected", "not_covered")
    assert registry.account().password_hash is None


def test_a_wish_of_another_device_is_not_taken_over(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password="uma senha antiga")
    registry.push(registry.message("reset"))
    theirs = registry.message()
    registry.push(theirs, device=theirs.receipt[:6])
    mine = registry.message("reset", device=OTHER, replaces=theirs.id)
    (answer,) = registry.push(mine, device=OTHER)
    assert (answer.outcome, answer.reason) == ("rejected", "superseded")


def test_an_odd_id_in_its_place_is_not_understood(registry: Workbench) -> None:
    registry.add_person()
    with pytest.raises(NotUnderstood, match="replaces"):
        registry.push(registry.message(replaces="nenhum"))


@pytest.mark.parametrize("acted_now", [False, True])
def test_a_later_wish_of_the_same_device_is_not_overwritten_by_an_earlier(
    registry: Workbench, acted_now: bool
) -> None:
    registry.add_person(origin="app_2024", password="uma senha antiga")
    earlier, later = registry.message("reset"), registry.message("reset")
    assert registry.push(later)[0].outcome == "accepted"
    kept = registry.account().password_hash
    (answer,) = registry.push(earlier, acted_now=acted_now)
    assert (answer.outcome, answer.reason) == ("rejected", "superseded")
    assert registry.account().password_hash == kept


def test_an_earlier_wish_of_the_same_device_is_no_obstacle(registry: Workbench) -> None:
    registry.add_person(origin="app_2024", password="uma senha antiga")
    for message in (registry.message("reset"), registry.message("reset")):
        assert registry.push(message)[0].outcome == "accepted"


def test_the_answer_tells_what_the_registry_had(registry: Workbench) -> None:
    registry.add_person(origin="portal", password="uma senha antiga")
    (accepted,) = registry.push(registry.message())
    assert accepted.found == FoundMessage(origin="portal", status="active")
    (refused,) = registry.push(registry.message(device=OTHER), device=OTHER)
    assert refused.reason == "already_registered"
    assert refused.found == FoundMessage(
        origin="app_2024", status="active", changed_at=accepted.decided_at
    )


def test_nothing_is_told_of_a_person_whom_the_claim_does_not_fit(registry: Workbench) -> None:
    registry.add_person(1)
    registry.add_person(2)
    (answer,) = registry.push(registry.message(body=registry.credential(1, cpf=None)))
    assert answer.reason == "identity_mismatch"
    assert answer.found is None


def test_the_digest_of_an_operation_without_replaces_is_that_of_an_older_program(
    registry: Workbench,
) -> None:
    message = registry.message()
    assert altered(message, replaces=None).digest() == message.digest()
    assert b"replaces" not in msgspec.json.encode(message)
    assert altered(message, replaces="0" * 32).digest() != message.digest()
