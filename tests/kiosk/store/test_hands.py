import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kiosk.domain.operations import OperationKind
from kiosk.store.hands import Hands, LeftInHand
from kiosk.store.outboxes import Outbox
from tests.factories import new_operation, operation_id, person

_HOLD_AND_DIE = """
import os, sys
from pathlib import Path
from kiosk.domain.operations import OperationKind
from kiosk.store.hands import Hands
from tests.factories import operation_id
with Hands(Path(sys.argv[1])).holding(operation_id(), OperationKind.RESET):
    os.kill(os.getpid(), 9)
"""


def test_what_ended_well_is_not_left(tmp_path: Path, store: Engine) -> None:
    hands = Hands(tmp_path)
    assert hands.left(store) == ()
    with hands.holding(operation_id(), OperationKind.REGISTER):
        pass
    # Until the person has seen what became of it, a sudden end has to tell it.
    assert len(hands.left(store)) == 1
    with (
        pytest.raises(ZeroDivisionError),
        hands.holding(operation_id(), OperationKind.REGISTER),
    ):
        raise ZeroDivisionError
    assert len(hands.left(store)) == 1
    hands.let_go()
    assert hands.left(store) == ()


def test_what_kills_left_is_told_until_it_is_forgotten(tmp_path: Path, store: Engine) -> None:
    left: tuple[LeftInHand, ...] = ()
    for kills in (1, 2):
        done = subprocess.run(
            [sys.executable, "-c", _HOLD_AND_DIE, str(tmp_path)],
            check=False,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        )
        assert done.returncode == -signal.SIGKILL
        # Nobody was told between the two.
        left = Hands(tmp_path).left(store)
        assert [(one.kind, one.counter) for one in left] == [(OperationKind.RESET, None)] * kills
    hands = Hands(tmp_path)
    hands.forget(left[:1])
    assert hands.left(store) == left[1:]
    hands.forget(left)
    assert hands.left(store) == ()


def test_what_was_recorded_has_its_receipt(tmp_path: Path, store: Engine, outbox: Outbox) -> None:
    new = new_operation(person())
    outbox.record(new)
    hands = Hands(tmp_path)
    with hands.holding(new.id, OperationKind.REGISTER):
        assert hands.left(store) == (LeftInHand(new.id, OperationKind.REGISTER, 1),)


def test_what_others_put_there_is_passed_over(tmp_path: Path, store: Engine) -> None:
    (tmp_path / "in-hand").mkdir()
    (tmp_path / "in-hand" / "notes.txt").touch()
    (tmp_path / "in-hand" / f"{operation_id().hex}.dance").touch()
    assert Hands(tmp_path).left(store) == ()


def test_a_disk_that_takes_no_mark_hinders_nobody(tmp_path: Path) -> None:
    (tmp_path / "in-hand").touch()
    done = False
    with Hands(tmp_path).holding(operation_id(), OperationKind.REGISTER):
        done = True
    assert done
