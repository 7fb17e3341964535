"""The key is proven before a file is judged: a wrong or missing one touches nothing."""

import json
import shutil
from contextlib import closing
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from kiosk.complaints import Complaint
from kiosk.custody.choices import FILE_NAME as CHOICE_NAME
from kiosk.custody.choices import Wish, chosen_for, load_choice
from kiosk.custody.custodies import CustodyKind
from kiosk.database.damages import connect_read_only
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import is_plain, opens_with
from kiosk.store.account_copies import FILE_NAME as COPY_NAME
from kiosk.store.account_copies import AccountCopy, CopiedAccount
from kiosk.store.backups import Backups, backups_of
from kiosk.store.files import FILE_NAME, open_store
from kiosk.store.identities import load_identity
from kiosk.store.outboxes import Outbox
from kiosk.store.restore_reports import unread_reports
from kiosk.store.unlockings import known_key, unlock
from tests.damages import flip
from tests.factories import new_operation, person

PEOPLE = 30
PAGE = 4096


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "store.key"


@pytest.fixture
def wish(key_file: Path) -> Wish:
    return Wish(CustodyKind.FILE, key_file)


def live(data_dir: Path, key: StoreKey | None) -> str:
    """Record some operations, make a backup, fill the copy; return the device's code."""
    engine = open_store(data_dir, key)
    code = load_identity(engine).code
    outbox = Outbox(engine, code)
    for number in range(PEOPLE):
        outbox.record(new_operation(person(number)))
    Backups(data_dir / FILE_NAME, lambda: 0.0, key=key).make_if_due()
    engine.dispose()
    copy = AccountCopy(data_dir, key=key)
    copy.apply([CopiedAccount("ref", "active", "cadastro", "marked@example.com")], "cursor")
    copy.close()
    return code


def seen(data_dir: Path, key: StoreKey) -> tuple[str, int, int]:
    engine = open_store(data_dir, key)
    try:
        with engine.connect() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM outbox").scalar_one()
        return load_identity(engine).code, count, len(unread_reports(engine))
    finally:
        engine.dispose()


def image(folder: Path) -> dict[str, str]:
    return {
        str(one.relative_to(folder)): sha256(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.fixture
def lived(data_dir: Path, wish: Wish) -> tuple[Path, str]:
    return data_dir, live(data_dir, unlock(data_dir, wish))


def test_nothing_is_made_before_somebody_has_chosen(data_dir: Path) -> None:
    with pytest.raises(Complaint, match="key_custody"):
        unlock(data_dir, None)
    assert list(data_dir.iterdir()) == []


def test_the_first_start_makes_a_key_and_the_next_needs_no_word(
    data_dir: Path, wish: Wish, key_file: Path
) -> None:
    key = unlock(data_dir, wish)
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert key.written() in key_file.read_text()
    assert key.written() not in (data_dir / CHOICE_NAME).read_text()
    assert unlock(data_dir, None) == unlock(data_dir, wish) == known_key(data_dir) == key


def test_everything_is_under_the_key_and_nothing_can_be_read(lived: tuple[Path, str]) -> None:
    data_dir, code = lived
    key = known_key(data_dir)
    assert key is not None
    files = [data_dir / FILE_NAME, data_dir / COPY_NAME, *backups_of(data_dir)]
    assert len(files) == 3
    for one in files:
        assert opens_with(one, key)
        for word in (b"marked@example.com", b"CREATE TABLE", code.encode()):
            assert word not in one.read_bytes()
    assert seen(data_dir, key) == (code, PEOPLE, 0)


def _lose(_: Path, key_file: Path) -> None:
    key_file.unlink()


def _exchange(_: Path, key_file: Path) -> None:
    lines = key_file.read_text().splitlines()
    key_file.write_text(f"{lines[0]}\n{StoreKey.draw().written()}\n")


def _garble(_: Path, key_file: Path) -> None:
    key_file.write_text(key_file.read_text()[:-9])


def _give_to_others(_: Path, key_file: Path) -> None:
    key_file.chmod(0o640)


def _lose_choice(data_dir: Path, _: Path) -> None:
    (data_dir / CHOICE_NAME).unlink()


def _garble_choice(data_dir: Path, _: Path) -> None:
    (data_dir / CHOICE_NAME).write_bytes(b"{")


def _bring_another_store(data_dir: Path, _: Path) -> None:
    engine = open_store(data_dir / "other", StoreKey.draw())
    engine.dispose()
    shutil.copy(data_dir / "other" / FILE_NAME, data_dir / FILE_NAME)
    shutil.rmtree(data_dir / "other")


def _bring_a_plain_store(data_dir: Path, _: Path) -> None:
    open_store(data_dir / "other").dispose()
    shutil.copy(data_dir / "other" / FILE_NAME, data_dir / FILE_NAME)
    shutil.rmtree(data_dir / "other")


@pytest.mark.parametrize("beside", [unlock, known_key])
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_lose, "não está na custódia|não é a dos dados"),
        (_exchange, "não é a dos dados"),
        (_garble, "não é uma chave"),
        (_give_to_others, "chmod 600"),
        (_lose_choice, "custódia"),
        (_garble_choice, "não pôde ser lido"),
        (_bring_another_store, "não abre com a chave"),
        (_bring_a_plain_store, "não está cifrado"),
    ],
)
def test_without_the_right_key_nothing_is_touched(
    spoil: object, words: str, beside: object, lived: tuple[Path, str], key_file: Path
) -> None:
    data_dir, _ = lived
    assert callable(spoil)
    spoil(data_dir, key_file)
    before = image(data_dir)
    for _ in range(2):
        with pytest.raises(Complaint, match=words):
            known_key(data_dir) if beside is known_key else unlock(data_dir, None)
    assert image(data_dir) == before
    assert not (data_dir / "quarantine").exists()


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("page", [1, 2, 9])
def test_a_damaged_page_under_the_right_key_is_put_right(
    page: int, lived: tuple[Path, str]
) -> None:
    data_dir, code = lived
    flip(data_dir / FILE_NAME, page, 50, 60)
    key = unlock(data_dir, None)
    assert seen(data_dir, key)[::2] == (code, 1)
    assert (data_dir / "quarantine" / "1" / FILE_NAME).exists()
    assert not any(is_plain(one) for one in data_dir.rglob("*.sqlite3"))


@pytest.mark.usefixtures("expected_stumbles")
def test_a_store_of_which_the_disk_left_zeros_is_put_right(lived: tuple[Path, str]) -> None:
    data_dir, code = lived
    store = data_dir / FILE_NAME
    store.write_bytes(bytes(store.stat().st_size))
    assert seen(data_dir, unlock(data_dir, None)) == (code, PEOPLE, 1)


def test_a_lost_choice_is_made_again_where_the_settings_name_the_right_key(
    lived: tuple[Path, str], wish: Wish
) -> None:
    data_dir, code = lived
    (data_dir / CHOICE_NAME).unlink()
    assert seen(data_dir, unlock(data_dir, wish)) == (code, PEOPLE, 0)
    assert load_choice(data_dir) is not None


@pytest.mark.parametrize("has_plain_backup", [False, True])
@pytest.mark.parametrize("is_store_gone", [False, True])
def test_a_lost_choice_is_not_made_again_with_a_key_that_opens_nothing(
    has_plain_backup: bool, is_store_gone: bool, lived: tuple[Path, str], tmp_path: Path
) -> None:
    data_dir, _ = lived
    (data_dir / CHOICE_NAME).unlink()
    if is_store_gone:
        (data_dir / FILE_NAME).unlink()
    if has_plain_backup:
        live(tmp_path / "older", None)
        shutil.copy(
            backups_of(tmp_path / "older")[0], data_dir / "backups" / "device-000009.sqlite3"
        )
    other = Wish(CustodyKind.FILE, tmp_path / "another.key")
    before = image(tmp_path)
    for wish in (other, None):
        with pytest.raises(Complaint, match="store-key"):
            unlock(data_dir, wish)
    assert image(tmp_path) == before


def test_a_store_that_is_exchanged_in_the_middle_of_a_conversion_is_not_touched(
    data_dir: Path, wish: Wish
) -> None:
    live(data_dir, None)
    choice = json.dumps({**asdict(chosen_for(data_dir, wish)), "is_converting": True})
    (data_dir / CHOICE_NAME).write_text(choice)
    _bring_another_store(data_dir, data_dir)
    before = image(data_dir)
    with pytest.raises(Complaint, match="não abre com a chave"):
        unlock(data_dir, None)
    del before[CHOICE_NAME]
    assert before.items() <= image(data_dir).items()
    assert not (data_dir / "quarantine").exists()


def test_a_check_value_that_is_damaged_gives_way_to_a_page_that_opens(
    lived: tuple[Path, str],
) -> None:
    data_dir, code = lived
    path = data_dir / CHOICE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "check": "0" * 32}))
    key = unlock(data_dir, None)
    assert seen(data_dir, key) == (code, PEOPLE, 0)
    assert known_key(data_dir) == key


def test_a_data_directory_that_was_moved_keeps_its_key(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    key = unlock(data_dir, Wish(CustodyKind.FILE))
    moved = data_dir.rename(tmp_path / "moved")
    assert unlock(moved, Wish(CustodyKind.FILE)) == unlock(moved, None) == key
    assert list((tmp_path / "config").rglob("*.key")) != []


def test_a_custody_is_never_changed_by_a_setting(lived: tuple[Path, str], tmp_path: Path) -> None:
    data_dir, _ = lived
    before = image(tmp_path)
    for other in (
        Wish(CustodyKind.KEYRING),
        Wish(CustodyKind.DEMO),
        Wish(CustodyKind.FILE, tmp_path / "another.key"),
    ):
        with pytest.raises(Complaint, match="não muda sozinha"):
            unlock(data_dir, other)
    assert image(tmp_path) == before


def test_two_data_directories_do_not_share_a_key_file(
    lived: tuple[Path, str], wish: Wish, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    with pytest.raises(Complaint, match="de outra pasta"):
        unlock(tmp_path / "second", wish)


def test_a_start_that_was_killed_before_the_choice_was_whole_goes_on(
    data_dir: Path, wish: Wish
) -> None:
    key = unlock(data_dir, wish)
    path = data_dir / CHOICE_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "check": None}))
    assert unlock(data_dir, None) == key


def test_a_plain_store_and_all_that_was_made_of_it_is_encrypted(data_dir: Path, wish: Wish) -> None:
    code = live(data_dir, None)
    shutil.copy(data_dir / FILE_NAME, data_dir / f"{FILE_NAME}.before-0002")
    with closing(connect_read_only(data_dir / FILE_NAME)) as plain:
        rows = plain.execute("SELECT * FROM outbox ORDER BY sequence").fetchall()
    key = unlock(data_dir, wish)
    assert [one for one in data_dir.rglob("*") if one.is_file() and is_plain(one)] == []
    with closing(connect_read_only(data_dir / FILE_NAME, key)) as encrypted:
        assert encrypted.execute("SELECT * FROM outbox ORDER BY sequence").fetchall() == rows
    assert seen(data_dir, key) == (code, PEOPLE, 0)
    copy = AccountCopy(data_dir, key=key)
    assert (copy.size(), copy.cursor()) == (1, "cursor")
    copy.close()
    for one in (*backups_of(data_dir), data_dir / f"{FILE_NAME}.before-0002"):
        assert opens_with(one, key)


@pytest.mark.usefixtures("expected_stumbles")
def test_a_damaged_plain_store_is_put_right_before_it_is_encrypted(
    data_dir: Path, wish: Wish
) -> None:
    code = live(data_dir, None)
    flip(data_dir / FILE_NAME, 1)
    key = unlock(data_dir, wish)
    assert seen(data_dir, key) == (code, PEOPLE, 1)
    assert (data_dir / "quarantine" / "1" / FILE_NAME).exists()


@pytest.mark.usefixtures("expected_stumbles")
def test_a_plain_backup_that_cannot_be_read_does_not_stay_among_the_others(
    data_dir: Path, wish: Wish
) -> None:
    code = live(data_dir, None)
    (backup,) = backups_of(data_dir)
    flip(backup, 3)
    key = unlock(data_dir, wish)
    assert seen(data_dir, key) == (code, PEOPLE, 0)
    assert backups_of(data_dir) == []
    assert (data_dir / "quarantine" / "1" / backup.name).exists()


def test_a_custody_that_took_no_key_binds_nobody(
    data_dir: Path, wish: Wish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(Complaint):
        unlock(data_dir, Wish(CustodyKind.SYSTEMD))
    key = unlock(data_dir, wish)
    assert known_key(data_dir) == key
    # From here on it does.
    with pytest.raises(Complaint, match="não muda sozinha"):
        unlock(data_dir, Wish(CustodyKind.SYSTEMD))
    assert unlock(data_dir, None) == key
