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


def test_what_is_committed_while_it_is_taken_is_not_missed() -> None:
    rows = [1, 2, 3]

    def take() -> int:
        count = len(rows)
        if count == 3:
            rows.append(4)
            tally.add(1)
        return count

    tally = Tally(take)
    assert tally.value() == 4


def test_what_changed_before_the_first_look_is_in_the_file() -> None:
    tally = Tally(lambda: 2)
    tally.add(5)
    assert tally.value() == 2
