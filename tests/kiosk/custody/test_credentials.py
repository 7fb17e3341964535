from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.custody.credentials import CREDENTIAL, SystemdCredential
from kiosk.database.keys import StoreKey

ONE, TWO = StoreKey(bytes(32)), StoreKey(bytes(range(32)))


@pytest.fixture
def credential(tmp_path: Path) -> SystemdCredential:
    (tmp_path / CREDENTIAL).write_text(f"{ONE.written()}\n{TWO.written()}\n")
    return SystemdCredential({"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_what_systemd_hands_over_is_read(credential: SystemdCredential) -> None:
    assert credential.load() == (ONE, TWO)


def test_it_keeps_what_is_there_and_refuses_the_rest(credential: SystemdCredential) -> None:
    credential.keep([TWO])
    with pytest.raises(Complaint, match="systemd-creds"):
        credential.keep([StoreKey.draw()])


@pytest.mark.parametrize("has_folder", [True, False])
def test_without_a_credential_it_says_what_to_do(tmp_path: Path, has_folder: bool) -> None:
    environment = {"CREDENTIALS_DIRECTORY": str(tmp_path)} if has_folder else {}
    with pytest.raises(Complaint, match="credencia"):
        SystemdCredential(environment).load()
