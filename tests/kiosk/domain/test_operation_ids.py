from uuid import RFC_4122

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.operation_ids import uuid7

instants = st.integers(0, 2**48 - 1)
ten_bytes = st.binary(min_size=10, max_size=10)


@given(instants, ten_bytes)
def test_it_is_of_version_seven_and_tells_its_instant(unix_ms: int, random: bytes) -> None:
    made = uuid7(unix_ms, random)
    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == unix_ms


def test_the_example_of_the_standard() -> None:
    random = (0x0CC3 << 64 | 0x18C4DC0C0C07398F).to_bytes(10, "big")
    assert str(uuid7(0x017F22E279B0, random)) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(instants, instants, ten_bytes, ten_bytes)
def test_later_ids_sort_after_earlier_ones(
    one: int, other: int, random_one: bytes, random_other: bytes
) -> None:
    if one != other:
        in_order = uuid7(one, random_one).bytes < uuid7(other, random_other).bytes
        assert in_order == (one < other)


@given(instants, ten_bytes, st.integers(0, 79))
def test_seventy_four_random_bits_count(unix_ms: int, random: bytes, bit: int) -> None:
    flipped = (int.from_bytes(random, "big") ^ 1 << bit).to_bytes(10, "big")
    gives_way_to_version_or_variant = bit in (76, 77, 78, 79, 62, 63)
    same = uuid7(unix_ms, random) == uuid7(unix_ms, flipped)
    assert same == gives_way_to_version_or_variant
