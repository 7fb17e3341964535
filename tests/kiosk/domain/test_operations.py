import pytest

from kiosk.domain.operations import ACCEPTED, Outcome, Reason, quarantined, rejected


@pytest.mark.parametrize("reason", Reason)
def test_a_refusal_and_a_quarantine_say_why(reason: Reason) -> None:
    assert (rejected(reason).outcome, rejected(reason).reason) == (Outcome.REJECTED, reason)
    aside = quarantined(reason)
    assert (aside.outcome, aside.reason) == (Outcome.QUARANTINED, reason)


def test_an_acceptance_needs_no_reason() -> None:
    assert (ACCEPTED.outcome, ACCEPTED.reason) == (Outcome.ACCEPTED, None)
