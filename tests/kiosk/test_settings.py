from pathlib import Path

import pytest

from kiosk import settings
from kiosk.complaints import Complaint
from kiosk.settings import Settings, default_data_dir, load, unknown_variables


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"KIOSK_{name.upper()}", raising=False)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "kiosk.toml"
    path.write_text(text)
    return path


def test_defaults() -> None:
    settings = load()
    assert settings.data_dir == default_data_dir()
    assert settings.registry_url is None
    assert settings.rules.min_password_length == 8


def test_command_line_over_environment_over_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = written(
        tmp_path, "min_password_length = 9\nanswer_wait_seconds = 3\nrequest_seconds = 5\n"
    )
    monkeypatch.setenv("KIOSK_ANSWER_WAIT_SECONDS", "4")
    monkeypatch.setenv("KIOSK_REQUEST_SECONDS", "6")
    settings = load(config, request_seconds=7, data_dir=None)
    assert (settings.min_password_length, settings.answer_wait_seconds) == (9, 4)
    assert settings.request_seconds == 7


def test_every_setting_can_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Settings(registry_url="https://cadastro.exemplo", key_custody="file")
    for name, value in said.model_dump().items():
        monkeypatch.setenv(f"KIOSK_{name.upper()}", str(value))
    assert load().registry_url == "https://cadastro.exemplo"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no_such = 1", "no_such"),
        ("[[", "TOML"),
        ("min_password_length = 3", "mínimo: 8"),
        ("min_password_length = 'x'", "min_password_length"),
        ("answer_wait_seconds = 0", "answer_wait_seconds"),
        ("request_seconds = 9999", "máximo: 120"),
        ("card_pattern = '('", "card_pattern"),
        ("card_pattern = 'a{99999999999999999999}'", "card_pattern"),
        # What a later Python may read otherwise is none that a plan should depend on.
        ("card_pattern = '[[::1]0-9]{6,20}'", "card_pattern"),
        ("card_pattern = '" + "(" * 5000 + "'", "card_pattern"),
        ("x = " + "[" * 5000, "TOML"),
        ("min_password_length = " + "9" * 5000, "TOML"),
        ('"no\\nsuch" = 1', r"no\?such"),
        ('data_dir = "\\u0000"', "data_dir"),
        ('key_file = "\\u0000"', "key_file"),
        ('mail_ca = "\\u0000"', "mail_ca"),
        ("device_gates = 'manual'", "device_gates"),
        ("registry_url = 'cadastro'", "registry_url"),
        ("registry_url = 'http://cadastro.exemplo'", "https"),
        ("registry_url = 'ftp://cadastro.exemplo'", "registry_url"),
        ("registry_url = 'http://127.0.0.1:999999'", "registry_url"),
        ("registry_url = 'https://cadastro:porta'", "registry_url"),
        ("registry_url = 'https://um cadastro'", "registry_url"),
        ("registry_url = 'https://['", "registry_url"),
        ("key_custody = 'gaveta'", "keyring, systemd, file ou demo"),
    ],
)
def test_a_mistake_is_one_line_that_names_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Complaint, match=said) as complaint:
        load(written(tmp_path, text))
    assert "\n" not in str(complaint.value)
    assert complaint.value.exit_code == 2


def test_a_pattern_that_is_no_text_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CARD_PATTERN", "(?P\udca3")
    with pytest.raises(Complaint, match="expressão regular") as complaint:
        load()
    str(complaint.value).encode()


@pytest.mark.parametrize("text", ["manual", "", "{", "[" * 5000])
def test_a_variable_that_has_to_be_json(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("KIOSK_DEVICE_GATES", text)
    with pytest.raises(Complaint, match="KIOSK_DEVICE_GATES") as complaint:
        load()
    assert "\n" not in str(complaint.value)
    assert complaint.value.exit_code == 2


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Complaint, match="não pôde ser lido"):
        load(tmp_path / "none.toml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Complaint, match="TOML"):
        load(path)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/", "http://localhost", "https://c.br"])
def test_addresses_that_serve(address: str) -> None:
    assert load(registry_url=address).registry_url == address.rstrip("/")


def test_a_misspelt_variable_is_told() -> None:
    names = ["KIOSK_KEY_CUSTDY", "KIOSK_DATA_DIR", "kiosk_key_file", "PATH"]
    (told,) = unknown_variables(names)
    assert told.startswith("A variável de ambiente KIOSK_KEY_CUSTDY não é conhecida")
    assert told.endswith("Seria KIOSK_KEY_CUSTODY?")
    (told_bare,) = unknown_variables(["KIOSK_QWZXJVK"])
    assert "Seria" not in told_bare


def test_it_is_told_once_and_nothing_of_its_content(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KIOSK_SECRET", "do not show")
    settings._tell_of_unknown_variables.cache_clear()
    load()
    load()
    said = capsys.readouterr().err
    assert said.count("KIOSK_SECRET") == 1
    assert "do not show" not in said
