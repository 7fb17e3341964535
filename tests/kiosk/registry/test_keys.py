from datetime import date

from sqlalchemy import Engine

from kiosk.registry.keys import load_keys


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
