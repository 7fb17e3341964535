import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.blocklists import Blocklist, compose

WORD = st.text(st.sampled_from("abcxyz019"), min_size=1, max_size=12)


@given(st.sets(WORD, max_size=40), WORD)
def test_it_holds_what_was_put_in_and_nothing_else(words: set[str], other: str) -> None:
    made = Blocklist(compose(words))
    assert all(word in made for word in words)
    assert (other in made) == (other in words)
    assert made.count(1) == len(words)
    assert made.count(5) == sum(len(word) >= 5 for word in words)


def test_it_holds_only_words() -> None:
    made = Blocklist(compose({"flor", "cafe"}))
    assert "flô" not in made
    assert "flór" not in made
    assert "" not in made
    assert "lor\n" not in made
    assert 4 not in made


@pytest.mark.parametrize("at", [0, 17, 20, 90, -2])
def test_a_damaged_one_is_no_list(at: int) -> None:
    data = bytearray(compose({"flor", "cafe"}))
    data[at] ^= 1
    with pytest.raises(ValueError, match="damaged"):
        Blocklist(bytes(data))


@pytest.mark.parametrize("data", [b"", b"\n", compose({"flor"})[:-1]])
def test_a_torn_one_is_no_list(data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        Blocklist(data)
