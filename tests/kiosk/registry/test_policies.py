from pathlib import Path

import pytest
from typer.testing import CliRunner

from kiosk.domain.gates import DESK_FACE, DevicePolicy, Gate
from kiosk.registry.commands import registry_app
from kiosk.registry.policies import NO_POLICIES, Policies, gate_warnings, policies_of
from kiosk.settings import Settings
from tests.kiosk.registry.rosters import line, write
from tests.kiosk.registry.workbench import DEVICE, Workbench


@pytest.mark.parametrize("gate", Gate)
@pytest.mark.parametrize("device", ["*", DEVICE])
def test_any_gate_can_be_set(device: str, gate: Gate) -> None:
    wanted = Settings(device_gates={"000000": Gate.MANUAL, device: gate})
    assert policies_of(wanted).gate_of(DEVICE) is gate


@pytest.mark.parametrize("gate", sorted(set(Gate) - {Gate.MANUAL}))
@pytest.mark.parametrize("device", ["*", DEVICE])
def test_who_sets_one_is_told_that_no_screen_passes_it_yet(device: str, gate: Gate) -> None:
    (warning,) = gate_warnings(Settings(device_gates={"000000": Gate.MANUAL, device: gate}))
    assert f'"{gate}" para {device}' in warning
    assert "\n" not in warning


def test_the_flow_of_the_manual_can_be_named() -> None:
    assert policies_of(Settings()) == NO_POLICIES
    assert gate_warnings(Settings(device_gates={"*": Gate.MANUAL})) == []


@pytest.mark.parametrize(
    ("gate", "at_the_desk"),
    [
        (Gate.MANUAL, Gate.MANUAL),
        (Gate.ATTENDANT, Gate.MANUAL),
        (Gate.EMAIL_CODE, Gate.EMAIL_CODE),
    ],
)
def test_where_the_attendant_sits_nobody_gives_them_a_code(
    registry: Workbench, gate: Gate, at_the_desk: Gate
) -> None:
    registry.enrol(DEVICE)
    registry.enrol("DESK00", face=DESK_FACE)
    policies = Policies({"*": gate})
    with registry.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert policies.of(driver, DEVICE) == DevicePolicy(gate, is_attended=False)  # type: ignore[arg-type]
        assert policies.of(driver, "DESK00") == DevicePolicy(at_the_desk, is_attended=True)  # type: ignore[arg-type]


def test_a_command_works_behind_a_gate(tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "dados"))
    people = write(tmp_path / "pessoas.csv", line())
    assert CliRunner().invoke(registry_app, ["import", str(people), *data]).exit_code == 0
    config = tmp_path / "kiosk.toml"
    config.write_text('[device_gates]\n"*" = "email_code"\n')
    words = ["unlock", "-", *data, "--config", str(config)]
    result = CliRunner().invoke(registry_app, words, input="000000000001\n")
    assert result.exit_code == 0
