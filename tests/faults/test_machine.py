"""Outbox, worker's two halves and registry against a plain model, under all that can happen."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from kiosk.domain.people import Person
from tests.faults.lines import LineFault
from tests.faults.machines import Machine
from tests.faults.models import Row
from tests.faults.worlds import PEOPLE

pytestmark = pytest.mark.usefixtures("expected_stumbles")

NEW, APP, PORTAL, _ = PEOPLE
HERE, THERE = 0, 1


def test_whatever_happens_model_and_program_agree() -> None:
    run_state_machine_as_test(
        Machine, settings=settings(max_examples=12, stateful_step_count=30, deadline=None)
    )


# The smallest runs, each of which finds one fault: made on purpose in the program, and taken out.


class Story:
    """A machine told by hand, which looks at everything after each step."""

    def __init__(self) -> None:
        self.machine = Machine()

    def act(self, at: int, who: Person, kind: str = "reset") -> "Story":
        self.machine.act(at, who, kind)
        return self._look()

    def push(self, at: int, fault: LineFault | None = None) -> "Story":
        self.machine.push(at, fault)
        return self._look()

    def pull(self, at: int, fault: LineFault | None = None) -> "Story":
        self.machine.pull(at, fault)
        return self._look()

    def wait(self, at: int, seconds: int) -> "Story":
        self.machine.wait(at, seconds)
        return self

    def crash(self, at: int) -> "Story":
        self.machine.crash_device(at)
        return self._look()

    def send_again(self) -> "Story":
        self.machine.send_again(0)
        return self._look()

    def word(self, at: int, counter: int) -> tuple[str, str | None] | None:
        return self.machine.devices[at].model.words.get(counter)

    def rows(self, at: int) -> list[Row]:
        return list(self.machine.devices[at].model.rows.values())

    def effects(self) -> int:
        return len(self.machine.registry.effects)

    def _look(self) -> "Story":
        self.machine.the_devices_keep_what_the_model_keeps()
        self.machine.the_registry_decides_as_the_model_does()
        self.machine.wishes_take_effect_in_their_order()
        return self


@pytest.fixture
def story() -> Iterator[Story]:
    told = Story()
    yield told
    told.machine.teardown()


def test_a_wish_waits_behind_the_persons_earlier_one(story: Story) -> None:
    story.act(HERE, NEW, "register").push(HERE, LineFault.LOST_REQUEST)
    story.act(HERE, NEW).act(HERE, APP).push(HERE)
    assert story.word(HERE, 3) == ("accepted", None)
    assert [row.attempts for row in story.rows(HERE)] == [1, 0]
    story.wait(HERE, 70).push(HERE)
    assert story.word(HERE, 1) == story.word(HERE, 2) == ("accepted", None)


def test_what_was_tried_before_is_not_made_now(story: Story) -> None:
    story.pull(HERE).act(HERE, APP).push(HERE, LineFault.LOST_REQUEST)
    story.act(THERE, APP).push(THERE).wait(HERE, 5).push(HERE)
    assert story.word(HERE, 1) == ("rejected", "superseded")


def test_a_lost_answer_is_given_again_and_the_effect_is_not(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.LOST_ANSWER).wait(HERE, 70).push(HERE)
    assert story.word(HERE, 1) == ("accepted", None)
    assert story.effects() == 1


def test_a_lost_answer_comes_with_the_feed(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.LOST_ANSWER).pull(HERE)
    assert story.word(HERE, 1) == ("accepted", None)
    assert story.rows(HERE) == []


@pytest.mark.parametrize("dies", [LineFault.DEVICE_DIES_BEFORE, LineFault.DEVICE_DIES_AFTER])
def test_what_a_dead_program_had_claimed_is_free(story: Story, dies: LineFault) -> None:
    story.act(HERE, APP).push(HERE, dies).push(HERE)
    assert story.word(HERE, 1) == ("accepted", None)
    assert story.effects() == 1


def test_what_was_on_its_way_is_not_taken_back(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.LOST_ANSWER).crash(HERE)
    story.machine.cancel(0)
    assert [row.id for row in story.rows(HERE)] != []


def test_what_never_left_is_taken_back(story: Story) -> None:
    story.act(HERE, APP)
    story.machine.cancel(0)
    story.push(HERE)
    assert story.word(HERE, 1) == ("withdrawn", None)
    assert story.effects() == 0


def test_a_late_request_comes_after_its_own_repetition(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.LATE).wait(HERE, 70).push(HERE)
    story.act(HERE, APP).push(HERE)
    story.machine.arrive_late(0)
    assert story.effects() == 2


def test_a_wish_sent_again_has_no_second_effect(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.NO_ANSWER_TO_ONE).send_again().push(HERE)
    assert story.word(HERE, 1) == ("replaced", None)
    assert story.word(HERE, 2) == ("accepted", None)
    assert story.effects() == 1


def test_a_wish_sent_again_overwrites_nothing_asked_for_later(story: Story) -> None:
    story.act(HERE, APP)
    story.machine.poison(0)
    story.push(HERE).act(HERE, APP).push(HERE)
    assert story.word(HERE, 2) == ("accepted", None)
    story.machine.cure()
    story.send_again().push(HERE)
    assert story.word(HERE, 3) == ("rejected", "superseded")
    assert story.effects() == 1


def test_a_wish_given_up_that_had_its_effect_says_so(story: Story) -> None:
    story.act(HERE, APP).push(HERE, LineFault.ODD_ANSWER_TO_ONE)
    story.machine.give_up(0)
    assert story.word(HERE, 1) == ("withdrawn", None)
    story.pull(HERE)
    assert story.word(HERE, 1) == ("accepted", None)


def test_a_damaged_row_is_never_sent(story: Story) -> None:
    story.act(HERE, APP)
    story.machine.damage(0)
    story.push(HERE)
    assert [row.parked for row in story.rows(HERE)] == ["damaged"]
    story.send_again()
    assert story.effects() == 0


def test_half_a_batch_is_settled_where_the_line_fails_in_the_other(story: Story) -> None:
    story.act(HERE, NEW, "register").act(HERE, APP)
    story.machine.poison(1)
    story.machine.devices[HERE].line.faults.clear()
    story.push(HERE)
    assert story.word(HERE, 1) == ("accepted", None)
    assert [row.parked for row in story.rows(HERE)] == ["not_understood"]


@pytest.mark.parametrize("instant", [0, 4_000_000_000_000])
def test_a_wrong_clock_changes_no_order_and_holds_nothing(story: Story, instant: int) -> None:
    story.act(HERE, NEW, "register").push(HERE, LineFault.LOST_REQUEST)
    story.machine.set_clocks(HERE, instant, 0)
    story.act(HERE, NEW).wait(HERE, 70).push(HERE)
    assert story.word(HERE, 1) == story.word(HERE, 2) == ("accepted", None)


def test_a_registry_that_dies_in_the_middle_has_done_all_or_nothing(story: Story) -> None:
    story.act(HERE, NEW, "register").act(HERE, APP).act(HERE, PORTAL)
    story.push(HERE, LineFault.REGISTRY_DIES)
    story.machine.crash_registry()
    story.wait(HERE, 70).push(HERE)
    assert story.effects() == 3
