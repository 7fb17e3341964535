import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from kiosk.store.account_copies import FILE_NAME, AccountCopy, CopiedAccount
from kiosk.store.copy_loads import CopyLoad
from kiosk.wire.messages import ACCOUNTS, DIGESTS, DigestLine
from tests.fakes import DIGEST_KEY
from tests.snapshots import digest_lines, facts_of, snapshot_file

PATIENCE = 60.0


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[AccountCopy]:
    copy = AccountCopy(tmp_path)
    yield copy
    copy.close()


def account(ref: str, origin: str = "none") -> CopiedAccount:
    return CopiedAccount(ref, "active", origin, "none")


def on_disk(folder: Path) -> tuple[str | None, int]:
    copy = AccountCopy(folder)
    found = copy.cursor(), copy.size()
    copy.close()
    return found


def loaded(folder: Path, count: int, cursor: str) -> Path:
    """Another copy, beside the one in use."""
    source, target = folder / "source", folder / "other"
    facts = snapshot_file(source, count, cursor)
    assert CopyLoad(source, target, facts).go_on(PATIENCE)
    return target


def test_accounts_and_cursor_are_kept_together(copy: AccountCopy, tmp_path: Path) -> None:
    assert copy.cursor() is None
    copy.apply([account("a")], "c1")
    copy.apply([account("a", "app_2024"), account("b")], "c2")
    copy.apply([], "c3")
    assert (copy.cursor(), copy.size()) == ("c3", 2)
    copy.close()
    assert on_disk(tmp_path) == ("c3", 2)


def test_a_page_whose_cursor_cannot_be_kept_is_not_kept(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply([account("a")], "c1")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("CREATE TRIGGER no BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT,'no'); END")
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        copy.apply([account("b")], "c2")
    assert (copy.cursor(), copy.size()) == ("c1", 1)


def test_only_the_owner_reads_it(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply([account("a")], "c1")
    files = list(tmp_path.glob(f"{FILE_NAME}*"))
    assert len(files) == 3
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_closed_one_stays_closed(copy: AccountCopy) -> None:
    copy.close()
    with pytest.raises(sqlite3.ProgrammingError):
        copy.size()


def of_another_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")


def of_another_program(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (other TEXT)")


def no_database(path: Path) -> None:
    path.write_bytes(b"no database at all " * 1000)


def truncated(path: Path) -> None:
    os.truncate(path, 5000)


@pytest.mark.usefixtures("expected_stumbles")
@pytest.mark.parametrize("spoil", [of_another_version, of_another_program, no_database, truncated])
def test_one_that_cannot_be_used_is_put_aside_and_begun_anew(
    spoil: Callable[[Path], None], tmp_path: Path
) -> None:
    copy = AccountCopy(tmp_path)
    copy.apply([account(f"{number:032x}") for number in range(500)], "c1")
    copy.close()
    spoil(tmp_path / FILE_NAME)
    spoiled = (tmp_path / FILE_NAME).read_bytes()
    assert on_disk(tmp_path) == (None, 0)
    assert (tmp_path / "quarantine" / "1" / FILE_NAME).read_bytes() == spoiled


@pytest.mark.usefixtures("expected_stumbles")
def test_damage_that_shows_later_is_put_aside_too(tmp_path: Path) -> None:
    put_aside: list[Path] = []

    def note(path: Path) -> None:
        put_aside.append(path)
        path.rename(tmp_path / "aside")

    copy = AccountCopy(tmp_path)
    copy.apply([account(f"{number:032x}") for number in range(5000)], "c1")
    copy.close()
    path = tmp_path / FILE_NAME
    content = bytearray(path.read_bytes())
    # Neither the roots nor the first leaf, which are looked at when it is opened.
    for page in range(10, 40):
        content[page * 4096 : page * 4096 + 16] = b"\xff" * 16
    path.write_bytes(content)
    copy = AccountCopy(tmp_path, note)
    assert copy.cursor() == "c1"
    with pytest.raises(sqlite3.DatabaseError):
        copy.size()
    assert put_aside == [path]
    assert (copy.cursor(), copy.size()) == (None, 0)
    copy.apply([account("a")], "c2")
    copy.close()
    assert on_disk(tmp_path) == ("c2", 1)


@pytest.mark.usefixtures("expected_stumbles")
def test_what_was_put_aside_before_is_not_overwritten(tmp_path: Path) -> None:
    for content in (b"first" * 100, b"second" * 100):
        (tmp_path / FILE_NAME).write_bytes(content)
        AccountCopy(tmp_path).close()
    kept = [(tmp_path / "quarantine" / number / FILE_NAME).read_bytes() for number in ("1", "2")]
    assert kept == [b"first" * 100, b"second" * 100]


def test_another_takes_its_place(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply([account("zz")], "old")
    copy.replace(loaded(tmp_path, 300, "new"))
    assert (copy.cursor(), copy.size()) == ("new", 300)
    copy.apply([account("zz")], "newer")
    assert (copy.cursor(), copy.size()) == ("newer", 301)
    copy.close()
    assert on_disk(tmp_path) == ("newer", 301)
    assert not (tmp_path / "other").exists()


def test_the_log_of_the_old_one_is_not_replayed(copy: AccountCopy, tmp_path: Path) -> None:
    other = loaded(tmp_path, 300, "new")
    for number in range(50):
        copy.apply([account(f"old{number}")], f"old{number}")
    copy.replace(other)
    assert copy.size() == 300


def test_one_that_somebody_else_reads_is_not_replaced(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply([account("a")], "old")
    other = loaded(tmp_path, 300, "new")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM accounts").fetchone()
        with pytest.raises(sqlite3.OperationalError):
            copy.replace(other)
    assert (copy.cursor(), copy.size()) == ("old", 1)
    copy.replace(other)
    assert (copy.cursor(), copy.size()) == ("new", 300)


def test_whoever_reads_meanwhile_sees_the_one_or_the_other(
    copy: AccountCopy, tmp_path: Path
) -> None:
    copy.apply([account("a")], "old")
    others = [loaded(tmp_path, 300, "new").rename(tmp_path / f"other{n}") for n in range(5)]
    seen: set[int] = set()
    odd: list[BaseException] = []
    begun, ended = threading.Barrier(4), threading.Event()

    def read() -> None:
        begun.wait(PATIENCE)
        try:
            while not ended.is_set():
                assert copy.cursor() in ("old", "new")
                seen.add(copy.size())
        except BaseException as failure:  # noqa: BLE001 - told below, in the test's own thread
            odd.append(failure)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    begun.wait(PATIENCE)
    for other in others:
        copy.replace(other)
    ended.set()
    for reader in readers:
        reader.join(PATIENCE)
    assert not odd
    assert seen <= {1, 300}
    assert copy.size() == 300


_KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from kiosk.store.account_copies import AccountCopy, CopiedAccount

def switch(folder, die_at):
    copy = AccountCopy(folder)
    for number in range(5):
        copy.apply([CopiedAccount(f"old{number}", "active", "none", "none")], "old")
    steps = 0

    def step(frame, event, arg):
        # What changes anything outside is a call into C: before each is a place to die.
        nonlocal steps
        if event == "c_call":
            steps += 1
            if steps == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(step)
    copy.replace(folder / "other")
    sys.setprofile(None)
    os._exit(min(steps, 255))

die_at = 0
while True:
    die_at += 1
    folder = Path(sys.argv[1]) / str(die_at)
    folder.mkdir()
    shutil.copy(sys.argv[2], folder / "other")
    child = os.fork()
    if child == 0:
        switch(folder, die_at)
    status = os.waitpid(child, 0)[1]
    copy = AccountCopy(folder)
    print(copy.cursor(), copy.size(), os.WIFSIGNALED(status), flush=True)
    copy.close()
    if not os.WIFSIGNALED(status):
        break
"""


def test_a_switch_killed_at_any_step_leaves_the_one_or_the_other(tmp_path: Path) -> None:
    other = loaded(tmp_path, 300, "new")
    done = subprocess.run(
        [sys.executable, "-c", _KILLED, str(tmp_path), str(other)],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    *killed, last = done.stdout.splitlines()
    assert last == "new 300 False"
    assert len(killed) > 10
    assert set(killed) == {"old 5 True", "new 300 True"}
    # Once the new one is there, it stays.
    assert killed == sorted(killed, reverse=True)


LINES = [DigestLine(letter * 15, b"v" * 15) for letter in (b"a", b"b")]


def test_digests_key_and_cursor_are_kept_together(copy: AccountCopy, tmp_path: Path) -> None:
    assert (copy.holds(), copy.digest_key(), copy.verifier_of(b"a" * 15)) == (None, None, None)
    copy.apply_digests(LINES, DIGEST_KEY, "c1")
    assert (copy.holds(), copy.digest_key(), copy.cursor()) == (DIGESTS, DIGEST_KEY, "c1")
    assert copy.verifier_of(b"a" * 15) == b"v" * 15
    other = msgspec.structs.replace(DIGEST_KEY, passes=2)
    changed = [DigestLine(b"a" * 15, b"w" * 15), DigestLine(b"b" * 15, b"")]
    copy.apply_digests(changed, other, "c2")
    copy.close()
    again = AccountCopy(tmp_path)
    assert (again.holds(), again.digest_key(), again.cursor()) == (DIGESTS, other, "c2")
    assert (again.verifier_of(b"a" * 15), again.verifier_of(b"b" * 15)) == (b"w" * 15, None)
    assert again.size() == 1
    again.close()


def test_a_page_of_digests_whose_cursor_cannot_be_kept_is_not_kept(
    copy: AccountCopy, tmp_path: Path
) -> None:
    copy.apply_digests(LINES, DIGEST_KEY, "c1")
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute("CREATE TRIGGER no BEFORE INSERT ON meta BEGIN SELECT RAISE(ABORT,'no'); END")
    with pytest.raises(sqlite3.IntegrityError, match="no"):
        copy.apply_digests([DigestLine(b"a" * 15, b"")], DIGEST_KEY, "c2")
    assert copy.cursor() == "c1"
    assert copy.verifier_of(b"a" * 15) == b"v" * 15


def test_a_file_of_digests_takes_the_place_whole_and_waits_for_its_key(
    copy: AccountCopy, tmp_path: Path
) -> None:
    copy.apply_digests([DigestLine(b"z" * 15, b"v" * 15)], DIGEST_KEY, "c1")
    source, target = tmp_path / "source", tmp_path / "other"
    content = digest_lines(300)
    source.write_bytes(content)
    assert CopyLoad(source, target, facts_of(content, "c7", DIGESTS)).go_on(PATIENCE)
    copy.replace(target)
    assert (copy.holds(), copy.cursor(), copy.digest_key()) == (DIGESTS, "c7", None)
    assert copy.verifier_of(b"z" * 15) is None
    assert copy.verifier_of((7).to_bytes(15, "big")) == b"v" * 15
    assert copy.size() == 300


def test_a_copy_of_before_there_were_digests_goes_on(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply([account("a")], "c1")
    copy.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as older:
        older.execute("DROP TABLE digests")
        older.execute("DELETE FROM meta WHERE key = 'holds'")
        older.execute("PRAGMA user_version = 1")
    again = AccountCopy(tmp_path)
    assert (again.cursor(), again.holds(), again.size()) == ("c1", ACCOUNTS, 1)
    again.apply_digests(LINES, DIGEST_KEY, "c2")
    again.close()


def test_a_key_that_the_disk_has_changed_is_none(copy: AccountCopy, tmp_path: Path) -> None:
    copy.apply_digests(LINES, DIGEST_KEY, "c1")
    copy.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("UPDATE meta SET value = '{' WHERE key = 'digest_key'")
        other.execute("UPDATE digests SET verifier = 'text'")
    again = AccountCopy(tmp_path)
    assert (again.cursor(), again.holds(), again.digest_key()) == ("c1", DIGESTS, None)
    assert again.verifier_of(b"a" * 15) is None
    again.close()


@pytest.mark.usefixtures("expected_stumbles")
def test_what_cannot_be_looked_up_is_not_known(copy: AccountCopy) -> None:
    copy.apply_digests(LINES, DIGEST_KEY, "c1")
    copy.close()
    assert copy.verifier_of(b"a" * 15) is None
