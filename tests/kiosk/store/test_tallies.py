import threading

from kiosk.store.tallies import Tally


def test_it_is_taken_once_and_kept_in_step() -> None:
    taken: list[int] = []

    def take() -> int:
        taken.append(1)
        return 7

    tally = Tally(take)
    assert tally.value() == 7
    tally.add(1)
    tally.add(-3)
    assert tally.value() == 5
    assert taken == [1]


def test_it_is_taken_once_whoever_looks_meanwhile() -> None:
    rows = list(range(200))
    taken: list[int] = []

    def settle() -> None:
        tally.value()
        del rows[:100]
        tally.add(-100)

    worker = threading.Thread(target=settle)

    def take() -> int:
        count = len(rows)
        taken.append(count)
        if len(taken) == 1:
            worker.start()
        return count

    tally = Tally(take)
    tally.value()
    worker.join()
    assert tally.value() == 100
    assert taken == [200]


def test_what_is_committed_after_it_was_begun_is_counted_on() -> None:
    rows = [1, 2, 3]
    tally = Tally(lambda: len(rows))
    tally.begin()
    rows.append(4)
    tally.add(1)
    assert tally.value() == 4


def test_what_changed_before_the_first_look_is_in_the_file() -> None:
    tally = Tally(lambda: 2)
    tally.add(5)
    assert tally.value() == 2
