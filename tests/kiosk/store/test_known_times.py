import pytest
from sqlalchemy import Engine, text

from kiosk.clocks import TimeMarks
from kiosk.store.identities import DeviceIdentity, load_identity
from kiosk.store.known_times import KnownTimes


@pytest.fixture
def times(store: Engine) -> KnownTimes:
    return KnownTimes(store)


def test_before_anything_was_kept(times: KnownTimes) -> None:
    assert times.load() == TimeMarks(0, None)


def test_what_was_kept_last_counts(
    times: KnownTimes, store: Engine, identity: DeviceIdentity
) -> None:
    for marks in (TimeMarks(7), TimeMarks(9, -5), TimeMarks(8, 31_536_000_000)):
        times.keep(marks)
        assert KnownTimes(store).load() == marks
    assert load_identity(store) == identity


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"nine", b"1e9", b"9" * 40])
def test_what_the_disk_has_changed_is_as_if_it_had_not_been(
    times: KnownTimes, store: Engine, content: bytes
) -> None:
    times.keep(TimeMarks(9, 5))
    with store.begin() as connection:
        connection.execute(text("UPDATE meta SET value = :x"), {"x": content})
    assert times.load() == TimeMarks(0, None)
