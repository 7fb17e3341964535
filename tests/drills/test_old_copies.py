"""An old copy of somebody's data is put back: who notices, and what becomes of people's wishes."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from kiosk.domain.receipts import parse
from kiosk.store.receipt_numbers import RECEIPT_JUMP
from tests.drills.devices import Device, Site

ONE, OTHER = "K7Q2MT", "B4N9XP"
EFFECTS = "SELECT person_id FROM changes WHERE what = 'credential' ORDER BY person_id"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, ONE, OTHER)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("goes_on_elsewhere", [False, True])
def test_a_registry_from_an_old_backup_is_told_again_what_it_lost(
    site: Site, tmp_path: Path, goes_on_elsewhere: bool
) -> None:
    with site.running() as address, Device(site, ONE, address) as device:
        device.pull()
        kept, _ = device.register(1)
        device.push()
        device.pull()
    shutil.copytree(site.registry, tmp_path / "backup")
    with site.running() as address, Device(site, ONE, address) as device:
        lost, receipt = device.register(2)
        device.push()
        device.pull()
        assert device.outcome(lost) == "accepted"
    shutil.rmtree(site.registry)
    shutil.copytree(tmp_path / "backup", site.registry)
    assert len(site.known(EFFECTS)) == 1
    with site.running() as address:
        if goes_on_elsewhere:
            # The feed grows past the place at which the first device had read it.
            with Device(site, OTHER, address) as other:
                for number in range(3, 8):
                    other.register(number)
                other.push()
        with Device(site, ONE, address) as device:
            device.pull()
            assert device.outcome(lost) is None
            device.push()
            device.pull()
            assert (device.outcome(kept), device.outcome(lost)) == ("accepted", "accepted")
    assert site.known(EFFECTS)[:2] == [("P1",), ("P2",)]
    again = site.known("SELECT receipt, outcome FROM operations ORDER BY received_at DESC LIMIT 1")
    assert again == [(receipt, "accepted")]
    assert len(site.known(EFFECTS)) == (7 if goes_on_elsewhere else 2)


def test_what_a_registry_still_knows_is_not_sent_again(site: Site) -> None:
    with site.running() as address, Device(site, ONE, address) as device:
        kept, _ = device.register(1)
        device.push()
        device.pull()
        # Another reason to begin anew: the copy of the registry's word is one of another registry.
        device.copy.apply([], "A" * 52)
        device.pull()
        assert device.outcome(kept) == "accepted"
        assert device.outbox.counts().waiting == 0


@pytest.mark.usefixtures("expected_stumbles")
def test_a_device_with_an_old_copy_gives_nobody_anothers_receipt(
    site: Site, tmp_path: Path
) -> None:
    with site.running() as address:
        with Device(site, ONE, address) as device:
            device.pull()
            waiting, _ = device.register(1)
        shutil.copytree(tmp_path / ONE, tmp_path / "old")
        with Device(site, ONE, address) as device:
            device.push()
            for number in (2, 3, 4):
                device.register(number)
            device.push()
            device.pull()
        given = {row[0] for row in site.known("SELECT receipt FROM operations")}
        shutil.rmtree(tmp_path / ONE)
        shutil.copytree(tmp_path / "old", tmp_path / ONE)
        with Device(site, ONE, address) as device:
            assert device.outcome(waiting) is None
            device.pull()
            device.push()
            # What had been delivered before has its first answer; nothing took effect twice.
            assert device.outcome(waiting) == "accepted"
            new, receipt = device.register(5)
            device.push()
            assert device.outcome(new) == "accepted"
            printed = parse(receipt)
            assert receipt not in given
            assert printed is not None
            assert printed.counter > RECEIPT_JUMP
            with device.store.connect() as connection:
                query = text("SELECT count(*) FROM audit WHERE event = 'went_back'")
                assert connection.execute(query).scalar() == 1
    assert len(site.known(EFFECTS)) == 5
