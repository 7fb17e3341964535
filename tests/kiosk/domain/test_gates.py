from kiosk.domain.gates import DevicePolicy, Gate


def test_as_shipped_every_device_has_the_manuals_flow_and_is_self_service() -> None:
    assert DevicePolicy() == DevicePolicy(Gate.MANUAL, is_attended=False)
