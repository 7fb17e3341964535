from collections.abc import Sequence

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.backends.chainer import ChainerBackend
from keyring.errors import KeyringLocked

from kiosk.complaints import Complaint
from kiosk.custody.keyrings import SystemKeyring
from kiosk.database.keys import StoreKey

ONE, TWO = StoreKey(bytes(32)), StoreKey(bytes(range(32)))


NULL: KeyringBackend = null.Keyring()  # type: ignore[no-untyped-call]
FAIL: KeyringBackend = fail.Keyring()  # type: ignore[no-untyped-call]


class Ring(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False
        self.forgets = False

    def get_password(self, service: str, username: str) -> str | None:
        self._look()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._look()
        if not self.forgets:
            self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]

    def _look(self) -> None:
        if self.is_locked:
            raise KeyringLocked


class Chain(ChainerBackend):
    """Others, one after the other, as on a machine with more than one."""

    # The library asks the class itself, as it does of every backend that was ever defined.
    backends: Sequence[KeyringBackend] = ()

    def __init__(self, *backends: KeyringBackend) -> None:
        self.backends = backends


@pytest.fixture
def ring() -> Ring:
    return Ring()


def keyring(backend: KeyringBackend, name: str = "store-1") -> SystemKeyring:
    return SystemKeyring(name, backend, trusted=[Ring.__module__])


def test_what_is_kept_comes_back_under_its_name_alone(ring: Ring) -> None:
    custody = keyring(ring)
    assert custody.load() == ()
    custody.keep([ONE, TWO])
    assert custody.load() == (ONE, TWO)
    custody.keep([TWO])
    assert custody.load() == (TWO,)
    assert keyring(ring, "store-2").load() == ()


def test_the_one_that_is_trusted_is_taken_from_several(ring: Ring) -> None:
    keyring(Chain(NULL, ring)).keep([ONE])
    assert keyring(ring).load() == (ONE,)


@pytest.mark.parametrize("backend", [NULL, FAIL, Chain(NULL), Ring()])
def test_what_only_calls_itself_a_keyring_is_refused(backend: KeyringBackend) -> None:
    custody = SystemKeyring("store-1", backend)
    with pytest.raises(Complaint, match="em que se possa confiar"):
        custody.load()
    with pytest.raises(Complaint, match="em que se possa confiar"):
        custody.keep([ONE])


def test_one_that_is_locked_says_how_to_go_on(ring: Ring) -> None:
    keyring(ring).keep([ONE])
    ring.is_locked = True
    for act in (keyring(ring).load, lambda: keyring(ring).keep([TWO])):
        with pytest.raises(Complaint, match="não abriu"):
            act()


def test_one_that_forgets_at_once_is_noticed(ring: Ring) -> None:
    ring.forgets = True
    with pytest.raises(Complaint, match="não guardou"):
        keyring(ring).keep([ONE])
