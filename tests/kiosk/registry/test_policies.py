from pathlib import Path

import pytest
from typer.testing import CliRunner

from kiosk.complaints import Complaint
from kiosk.domain.gates import Gate
from kiosk.registry.commands import registry_app
from kiosk.registry.policies import NO_POLICIES, policies_of
from kiosk.settings import Settings
from tests.kiosk.registry.rosters import line, write
from tests.kiosk.registry.workbench import DEVICE


@pytest.mark.parametrize("gate", sorted(set(Gate) - {Gate.MANUAL}))
@pytest.mark.parametrize("device", ["*", DEVICE])
def test_a_gate_that_no_screen_can_pass_is_not_switched_on(device: str, gate: Gate) -> None:
    wanted = Settings(device_gates={"000000": Gate.MANUAL, device: gate})
    with pytest.raises(Complaint) as complaint:
        policies_of(wanted)
    assert complaint.value.exit_code == 2
    assert gate in str(complaint.value)
    assert "\n" not in str(complaint.value)


def test_the_flow_of_the_manual_can_be_named() -> None:
    assert policies_of(Settings()) == NO_POLICIES
    named = policies_of(Settings(device_gates={"*": Gate.MANUAL}))
    assert named.gate_of(DEVICE) is Gate.MANUAL


def test_a_command_refuses_a_gate_in_its_settings(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "dados"))
    people = write(tmp_path / "pessoas.csv", line())
    assert CliRunner().invoke(registry_app, ["import", str(people), *data]).exit_code == 0
    config = tmp_path / "kiosk.toml"
    config.write_text('[device_gates]\n"*" = "email_code"\n')
    words = ["unlock", "000000000001", *data, "--config", str(config)]
    result = CliRunner().invoke(registry_app, words)
    assert isinstance(result.exception, Complaint)
    assert "device_gates" in str(result.exception)
