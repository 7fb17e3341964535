from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, delete

from kiosk.registry.keys import load_keys
from kiosk.registry.tables import meta


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A registry that has no keys yet, which others of the tests have from the start."""
    with engine.begin() as connection:
        assert connection.execute(delete(meta).where(meta.c.name == "secret")).rowcount == 1
    return engine


def test_keys_are_made_once_and_kept(engine: Engine) -> None:
    assert load_keys(engine) == load_keys(engine)


def test_keys_have_their_own_purposes_and_do_not_show(engine: Engine) -> None:
    keys = load_keys(engine)
    assert keys.cursors != keys.proofs
    assert repr(keys) == "Keys()"


def test_proofs_tell_values_and_their_kinds_apart(engine: Engine) -> None:
    keys = load_keys(engine)
    proofs = {
        keys.card_proof("2020-01-01"),
        keys.card_proof("123456"),
        keys.birth_proof(date(2020, 1, 1)),
        keys.birth_proof(date(2020, 1, 2)),
    }
    assert len(proofs) == 4


def test_two_processes_that_begin_together_have_the_same_keys(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        loaded = [one.result() for one in [pool.submit(load_keys, engine) for _ in range(8)]]
    assert all(keys == loaded[0] for keys in loaded)
