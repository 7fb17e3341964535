from kiosk.domain.operations import Reason
from kiosk.registry.outbox_reports import _REASONS


def test_every_reason_of_a_refusal_has_its_words() -> None:
    assert set(_REASONS) == set(Reason)
