"""What the registry makes of what devices say of their audits."""

from collections.abc import Sequence

import pytest

from kiosk.domain.audit_chains import EMPTY, Head, chained
from kiosk.registry.device_lists import list_devices
from kiosk.registry.tables import audit, device_chains, operations
from kiosk.wire.messages import ChainMessage, Delivery, HeadMessage, PushRequest, PushResponse
from tests.kiosk.registry.workbench import DEVICE, Workbench


def heads(rows: Sequence[int]) -> list[Head]:
    """Return the heads of a chain, from the empty one on."""
    return [EMPTY, *(head for head, _ in chained(EMPTY, ((row,) for row in rows)))]


OURS = heads(range(20))
OTHER = heads([*range(5), *range(100, 120)])


def word(head: Head) -> HeadMessage:
    return HeadMessage(number=head.number, link=head.link)


def said(
    chain: list[Head], upto: int, at: int | None = None, restorations: int = 0
) -> ChainMessage:
    has_it = at is not None and at <= upto
    link = chain[at].link if at is not None and has_it else None
    return ChainMessage(head=word(chain[upto]), restorations=restorations, at=at, link=link)


def push(registry: Workbench, chain: ChainMessage | None, *, empty: bool = False) -> PushResponse:
    deliveries = [] if empty else [Delivery(operation=registry.message())]
    return registry.operations.take(PushRequest(device=DEVICE, deliveries=deliveries, audit=chain))


def notes(registry: Workbench) -> list[str]:
    lines = registry.rows(audit)
    return [one["what"] for one in lines if one["what"].startswith("device_chain")]


def test_a_chain_that_grows_is_followed(registry: Workbench) -> None:
    registry.enrol(DEVICE)
    assert push(registry, said(OURS, 3)).audit == word(OURS[3])
    assert push(registry, said(OURS, 3, 3)).audit == word(OURS[3])
    assert push(registry, said(OURS, 9, 3)).audit == word(OURS[9])
    (kept,) = registry.rows(device_chains)
    assert (kept["number"], kept["link"], kept["broken_how"]) == (9, OURS[9].link, None)
    assert notes(registry) == []
    assert list_devices(registry.engine)[0].chain_broken is None


def test_a_device_that_says_nothing_of_it_is_answered_as_ever(registry: Workbench) -> None:
    assert push(registry, None).audit is None
    assert push(registry, None, empty=True).audit is None
    assert registry.rows(device_chains) == []
    assert len(registry.rows(operations)) == 1


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize(
    ("chain", "restorations", "expected"),
    [
        (said(OURS, 7, 12), 0, "went_back"),
        (said(OTHER, 7, 12), 0, "went_back"),
        (said(OTHER, 12, 12), 0, "forked"),
        (said(OTHER, 18, 12), 0, "forked"),
        (said(OURS, 7, 12, 1), 1, "restored"),
        (said(OTHER, 18, 12, 1), 1, "restored"),
        (said(OURS, 18, 12, 1), 1, "restored"),
    ],
)
def test_one_that_is_not_what_it_was_is_noted_once_and_refused_nothing(
    registry: Workbench, chain: ChainMessage, restorations: int, expected: str, empty: bool
) -> None:
    registry.enrol(DEVICE)
    push(registry, said(OURS, 12))
    answer = push(registry, chain, empty=empty)
    assert answer.audit == chain.head
    assert len(answer.answers) == (0 if empty else 1)
    assert notes(registry) == [f"device_chain_{expected}"]
    line = next(one for one in registry.rows(audit) if one["what"].startswith("device_chain"))
    assert line["device"] == DEVICE
    assert f"known={OURS[12]} " in line["detail"]
    (listed,) = list_devices(registry.engine)
    assert (listed.chain_broken, listed.chain_broken_at) == (expected, registry.clock.now)
    # From there on it is held against what it is now.
    head = chain.head
    again = ChainMessage(head=head, restorations=restorations, at=head.number, link=head.link)
    push(registry, again, empty=empty)
    assert notes(registry) == [f"device_chain_{expected}"]


def test_a_delivery_that_was_overtaken_says_nothing_against_its_device(registry: Workbench) -> None:
    push(registry, said(OURS, 5))
    push(registry, said(OURS, 9, 5))
    # Sent before the one above, decided after it; and one sent before anything was heard.
    assert push(registry, said(OURS, 7, 5)).audit == word(OURS[9])
    assert push(registry, said(OURS, 2)).audit == word(OURS[9])
    assert notes(registry) == []
    assert push(registry, said(OURS, 9, 9)).audit == word(OURS[9])


def test_a_registry_that_was_restored_itself_catches_up(registry: Workbench) -> None:
    push(registry, said(OURS, 5))
    # What the device heard last was said after the copy that the registry was restored from.
    assert push(registry, said(OURS, 15, 12)).audit == word(OURS[5])
    assert push(registry, said(OURS, 15, 5)).audit == word(OURS[15])
    assert notes(registry) == []


def test_the_chain_of_one_device_is_nothing_to_another(registry: Workbench) -> None:
    push(registry, said(OURS, 9))
    request = PushRequest(device="9ZX4BC", deliveries=[], audit=said(OTHER, 3))
    assert registry.operations.take(request).audit == word(OTHER[3])
    assert notes(registry) == []
