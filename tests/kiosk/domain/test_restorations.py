from dataclasses import replace

import pytest

from kiosk.domain.restorations import Damage, RestoreReport

REPORT = RestoreReport(
    number=1,
    found=Damage.BROKEN_PAGES,
    restored_at=1,
    backup=None,
    salvaged_receipts=0,
    salvaged_operations=0,
    lost_at_most=0,
    quarantine="quarantine/1",
)


@pytest.mark.parametrize(("lost_at_most", "expected"), [(0, False), (1, True), (None, True)])
def test_what_may_be_lost_has_to_be_looked_for(lost_at_most: int | None, expected: bool) -> None:
    assert replace(REPORT, lost_at_most=lost_at_most).may_have_lost is expected
