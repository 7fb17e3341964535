"""The sender over a real table and a real mail server, against each fault."""

import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

import pytest

from kiosk.database.migrations import bring_up_to_date
from kiosk.database.statements import driver_of
from kiosk.registry.databases import SCRIPTS, default_url, open_database
from kiosk.registry.letters import Sender
from kiosk.registry.mail_failures import LineFailed
from kiosk.registry.mail_folders import MailFolder
from kiosk.registry.mail_servers import MailServer
from kiosk.registry.mails import (
    LONGEST_MS,
    LONGEST_UNREACHED_MS,
    SHORTEST_MS,
    TRIES_AGAINST_A_POLICY,
    Postman,
    Way,
    sending,
    wait_ms,
)
from kiosk.registry.outgoing_mails import KEPT_MS, PUT, SHOWN_MS, Mail, MailContent, OutgoingMails
from kiosk.registry.tables import audit, outgoing
from tests.kiosk.registry.workbench import Workbench
from tests.mail_servers import Behaviour, OddMailServer

SENDER = Sender("PAS/SERPRO", "avisos@plano.exemplo")
TO = "joana@exemplo.br"
HOUR, MINUTE = 3600.0, 60.0


@dataclass
class Post:
    """A registry with a sender whose time stands still until it is told otherwise."""

    registry: Workbench
    way: Way | None
    mails: OutgoingMails = field(init=False)
    postman: Postman = field(init=False)

    def __post_init__(self) -> None:
        self.mails = OutgoingMails(self.registry.engine, self.registry.times)
        self.postman = self.new_postman()

    def new_postman(self) -> Postman:
        return Postman(
            self.mails, self.registry.keys, self.way, 0.01, lambda: self.registry.seconds
        )

    def put(self, address: str = TO, what: str = "registered", lasts_ms: int = KEPT_MS) -> None:
        now = self.registry.clock.now
        content = MailContent(device="K7Q2MT", code="012345", purpose="reset").text()
        connection = self.registry.engine.raw_connection()
        connection.cursor().execute(PUT, (now, what, "P1", address, content, now + lasts_ms))
        connection.commit()
        connection.close()

    def work(self, *, times: int = 1, after: float = 0.0) -> None:
        for _ in range(times):
            self.registry.pass_by(after)
            self.postman.work()

    def errors(self) -> list[str | None]:
        return [row["last_error"] for row in self.registry.rows(outgoing)]

    def noted(self) -> list[tuple[str, str | None]]:
        return [(row["what"], row["detail"]) for row in self.registry.rows(audit)]


def towards(server: OddMailServer, seconds: float = 30.0) -> MailServer:
    return MailServer("plain", "127.0.0.1", server.port, SENDER, seconds)


@contextmanager
def posting(
    registry: Workbench, *behaviours: Behaviour, **more: object
) -> Iterator[tuple[Post, OddMailServer]]:
    with OddMailServer(behaviours=list(behaviours)) as server:
        yield Post(registry, towards(server)), server


def test_what_is_sent_is_gone_and_the_audit_says_so_without_the_address(
    registry: Workbench,
) -> None:
    registry.add_person(email=TO)
    registry.push(registry.message())
    with posting(registry) as (post, server):
        post.work()
        (mail,) = server.received
    assert mail.recipients == (TO,)
    assert "Não foi você?" in mail.message.get_content()
    assert registry.rows(outgoing) == []
    assert post.noted()[-1] == ("mail_sent", "registered")
    assert TO not in str(registry.rows(audit))


def test_codes_go_before_notices_and_the_oldest_of_each_first(registry: Workbench) -> None:
    with posting(registry) as (post, server):
        post.put("um@x.br")
        registry.pass_by(1)
        post.put("dois@x.br")
        post.put("tres@x.br", "email_code", 600_000)
        post.work()
        assert [mail.recipients[0] for mail in server.received] == [
            "tres@x.br",
            "um@x.br",
            "dois@x.br",
        ]
    assert server.connections == 1


def test_where_nothing_is_to_be_sent_nobody_is_called(registry: Workbench) -> None:
    with posting(registry) as (post, server):
        post.work(times=5, after=HOUR)
    assert server.connections == 0


def test_a_lost_answer_brings_the_same_mail_again(
    registry: Workbench, expected_stumbles: None
) -> None:
    with posting(registry, Behaviour(drops_after_data=True)) as (post, server):
        post.put()
        post.work()
        assert post.errors() == ["lost"]
        post.work(times=3)
        assert server.connections == 1
        post.work(after=MINUTE)
        first, second = server.received
        assert first.id == second.id
        assert first.content == second.content
        post.work(times=3, after=HOUR)
        assert len(server.received) == 2
    assert registry.rows(outgoing) == []


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        (Behaviour(hangs_up=True), "lost"),
        (Behaviour(replies={"CONNECT": "554 5.3.2 closed"}), "greeting 554 5.3.2"),
        (Behaviour(replies={"MAIL": "550 5.7.1 who?"}), "sender 550 5.7.1"),
        (Behaviour(drops_at="RCPT"), "lost"),
        (Behaviour(replies={"RCPT": "421 4.3.2 bye"}), "greeting 421 4.3.2"),
    ],
)
def test_a_line_that_fails_loses_nothing_doubles_nothing_and_is_left_in_peace(
    registry: Workbench, expected_stumbles: None, behaviour: Behaviour, cause: str
) -> None:
    with posting(registry, behaviour) as (post, server):
        for number in range(3):
            post.put(f"{number}@x.br")
        post.work(times=20)
        assert server.connections == 1
        assert post.mails.standing(9).line_error == cause
        post.work(after=2 * MINUTE)
        assert server.connections == 2
        assert sorted(mail.recipients[0] for mail in server.received) == [
            "0@x.br",
            "1@x.br",
            "2@x.br",
        ]
        assert post.mails.standing(9).line_error is None
    assert registry.rows(outgoing) == []


def test_nobody_there_is_asked_ever_more_seldom_and_found_again_within_a_minute(
    registry: Workbench, expected_stumbles: None
) -> None:
    with OddMailServer() as gone:
        way = towards(gone)
    post = Post(registry, way)
    post.put(what="email_code", lasts_ms=600_000)
    post.work(times=100, after=1.0)
    assert post.mails.standing(9).line_error == "refused"
    (row,) = registry.rows(outgoing)
    # The row was not even touched: whoever is not there says nothing of it.
    assert (row["attempts"], row["last_error"]) == (0, None)
    with OddMailServer(port=gone.port) as server:
        post.work(times=61, after=1.0)
        assert len(server.received) == 1


def test_one_recipient_is_refused_for_good_and_the_others_get_theirs(
    registry: Workbench, expected_stumbles: None
) -> None:
    refusing = Behaviour(recipients={TO: f"550 5.1.1 <{TO}> unknown"})
    with posting(registry, refusing) as (post, server):
        post.put()
        post.put("outra@x.br")
        post.work(times=10, after=HOUR)
        assert server.connections == 1
        assert [mail.recipients[0] for mail in server.received] == ["outra@x.br"]
    (row,) = registry.rows(outgoing)
    assert row["set_aside_at"] is not None
    assert row["last_error"] == "recipient 550 5.1.1"
    assert ("mail_set_aside", "registered: recipient 550 5.1.1") in post.noted()


def test_what_was_set_aside_is_sent_when_somebody_asks_for_it(
    registry: Workbench, expected_stumbles: None
) -> None:
    with posting(registry, Behaviour(recipients={TO: "550 5.1.1 no"})) as (post, server):
        post.put()
        post.work()
        (row,) = registry.rows(outgoing)
        assert post.mails.retry([row["id"] + 1]) == 0
        assert post.mails.retry([row["id"]]) == 1
        post.work()
        assert len(server.received) == 1


def test_later_means_later_and_is_tried_again(registry: Workbench, expected_stumbles: None) -> None:
    greylisting = Behaviour(recipients={TO: "450 4.7.1 later"})
    with posting(registry, greylisting) as (post, server):
        post.put()
        post.put("outra@x.br")
        post.work(times=5, after=1.0)
        assert [mail.recipients[0] for mail in server.received] == ["outra@x.br"]
        assert post.errors() == ["recipient 450 4.7.1"]
        post.work(after=2 * MINUTE)
        assert [mail.recipients[0] for mail in server.received] == ["outra@x.br", TO]


def test_a_policy_may_be_ours_and_is_tried_for_hours(
    registry: Workbench, expected_stumbles: None
) -> None:
    closed = Behaviour(recipients={TO: "554 5.7.1 relay access denied"})
    with posting(registry, *[closed] * (TRIES_AGAINST_A_POLICY - 1)) as (post, server):
        post.put()
        post.work(times=TRIES_AGAINST_A_POLICY, after=HOUR + 1)
        assert len(server.received) == 1
    with posting(registry, *[closed] * 20) as (post, server):
        post.put()
        post.work(times=20, after=HOUR + 1)
        assert server.connections == TRIES_AGAINST_A_POLICY
    assert registry.rows(outgoing)[0]["set_aside_at"] is not None


def test_a_wrong_password_is_not_tried_so_often_that_the_account_is_locked(
    registry: Workbench, expected_stumbles: None
) -> None:
    tries: list[float] = []

    class Refusing(Sitting):
        def __enter__(self) -> "Refusing":
            tries.append(registry.seconds)
            raise LineFailed("password 535 5.7.8")

    post = Post(registry, Refusing())
    post.put()
    post.work(times=24 * 60, after=MINUTE)
    assert len(tries) < 60
    assert tries[-1] - tries[-2] >= HOUR / 2


def test_whoever_asks_for_a_try_waits_for_no_line(
    registry: Workbench, expected_stumbles: None
) -> None:
    with posting(registry, Behaviour(replies={"MAIL": "550 5.7.1 who?"})) as (post, server):
        post.put()
        post.work(times=3)
        assert server.connections == 1
        post.mails.retry(None)
        post.work()
        assert len(server.received) == 1


@dataclass
class Sitting:
    """A way that does what a test wants."""

    act: Callable[[EmailMessage], None] = lambda letter: None
    sender: Sender = SENDER
    seconds: float = 30.0
    is_raw: bool = False

    def session(self) -> "Sitting":
        return self

    def __enter__(self) -> "Sitting":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def send(self, letter: EmailMessage, name: str) -> None:
        self.act(letter)

    def cut(self) -> None:
        return


def test_one_at_which_the_program_stumbles_holds_up_no_other(
    registry: Workbench, expected_stumbles: None
) -> None:
    sent: list[str] = []

    def act(letter: EmailMessage) -> None:
        if str(letter["To"]) == TO:
            raise ZeroDivisionError
        sent.append(str(letter["To"]))

    post = Post(registry, Sitting(act))
    post.put()
    post.put("outra@x.br")
    post.work(times=5)
    assert sent == ["outra@x.br"]
    assert post.errors() == ["internal"]


@pytest.mark.parametrize("address", ["sem arroba", "a@x.br\r\nBcc: b@x.br"])
def test_an_address_that_is_none_is_set_aside(
    registry: Workbench, expected_stumbles: None, address: str
) -> None:
    with posting(registry) as (post, server):
        post.put(address)
        post.put()
        post.work(times=3)
        assert [mail.recipients for mail in server.received] == [(TO,)]
        assert not any("b@x.br" in line for line in server.heard)
    assert post.errors() == ["address"]


def test_a_code_that_is_void_is_not_sent_and_its_words_go(
    registry: Workbench, expected_stumbles: None
) -> None:
    with posting(registry, Behaviour(hangs_up=True)) as (post, server):
        post.put(what="email_code", lasts_ms=600_000)
        post.work()
        post.work(after=10 * MINUTE)
        assert server.received == []
        (row,) = registry.rows(outgoing)
        assert (row["last_error"], row["address"], row["content"]) == ("expired", "", "")
        assert ("mail_expired", "email_code") in post.noted()
        assert post.mails.retry(None) == 0
        post.work(times=3, after=SHOWN_MS / 3000)
    assert registry.rows(outgoing) == []


def test_a_code_that_is_void_is_not_even_claimed(registry: Workbench) -> None:
    post = Post(registry, None)
    post.put(what="email_code", lasts_ms=600_000)
    registry.pass_by(600)
    assert post.mails.claim(1_000) is None


def test_without_a_way_mails_wait_and_void_codes_go_all_the_same(registry: Workbench) -> None:
    post = Post(registry, None)
    post.put(what="email_code", lasts_ms=600_000)
    post.put()
    post.work(times=3, after=10 * MINUTE)
    assert post.errors() == ["expired", None]
    assert [row["attempts"] for row in registry.rows(outgoing)] == [0, 0]


def test_a_claim_is_nobody_elses_until_the_lease_is_over(registry: Workbench) -> None:
    post = Post(registry, None)
    post.put()
    taken = post.mails.claim(5_000)
    assert taken is not None
    assert post.mails.claim(5_000) is None
    assert not post.mails.is_anything_due()
    registry.pass_by(5)
    again = post.mails.claim(5_000)
    assert again is not None
    assert (again.row, again.attempts) == (taken.row, 2)
    # Whoever was late changes nothing of what is not theirs any more.
    post.mails.postpone(taken, "lost", 0)
    post.mails.set_aside(taken, "lost")
    assert post.errors() == [None]
    assert post.mails.claim(5_000) is None
    # But sent is sent.
    post.mails.sent(taken)
    post.mails.sent(again)
    assert registry.rows(outgoing) == []
    assert [what for what, _ in post.noted()] == ["mail_sent"]


def test_two_senders_send_each_mail_once(registry: Workbench) -> None:
    with OddMailServer() as server:
        posts = [Post(registry, towards(server)) for _ in range(2)]
        for number in range(20):
            posts[0].put(f"{number}@x.br")
        with sending(posts[0].postman), sending(posts[1].postman):
            server.wait_for(lambda: len(server.received) == 20)
    assert registry.rows(outgoing) == []
    assert len({mail.id for mail in server.received}) == len(server.received) == 20


def test_no_server_is_spoken_to_while_the_database_is_held(registry: Workbench) -> None:
    free: list[bool] = []

    def act(letter: EmailMessage) -> None:
        # Another connection takes the write lock at once, or fails after its patience.
        with registry.engine.begin():
            free.append(True)

    post = Post(registry, Sitting(act))
    post.put()
    post.work()
    assert free == [True]


def test_what_was_sent_and_could_not_be_noted_is_noted_and_not_sent_again(
    registry: Workbench, expected_stumbles: None
) -> None:
    post = Post(registry, None)
    sent: list[str] = []
    real = post.mails.sent

    def failing(mail: Mail) -> None:
        post.mails.sent = real  # type: ignore[method-assign]
        raise sqlite3.OperationalError

    def act(letter: EmailMessage) -> None:
        sent.append(str(letter["Message-ID"]))

    post.way = Sitting(act)
    post.postman = post.new_postman()
    post.put()
    post.mails.sent = failing  # type: ignore[method-assign]
    with pytest.raises(sqlite3.OperationalError):
        post.work()
    post.work(times=3, after=HOUR)
    assert len(sent) == 1
    assert registry.rows(outgoing) == []


def test_the_sender_outlives_a_database_that_fails(
    registry: Workbench, expected_stumbles: None, caplog: pytest.LogCaptureFixture
) -> None:
    with OddMailServer() as server:
        post = Post(registry, towards(server))
        post.put()
        real, looked = post.mails.is_anything_due, threading.Semaphore(0)

        def failing() -> bool:
            looked.release()
            raise sqlite3.OperationalError

        post.mails.is_anything_due = failing  # type: ignore[method-assign]
        with sending(post.postman):
            for _ in range(3):
                assert looked.acquire(timeout=30)
            post.mails.is_anything_due = real  # type: ignore[method-assign]
            server.wait_for(lambda: len(server.received) == 1)
    told = [one for one in caplog.messages if one == "mail_stumbled"]
    assert len(told) == 1


def test_where_nothing_sends_the_log_says_so_once(
    registry: Workbench, caplog: pytest.LogCaptureFixture
) -> None:
    post = Post(registry, None)
    looked, real = threading.Semaphore(0), post.mails.is_anything_over

    def looking() -> bool:
        looked.release()
        return real()

    post.mails.is_anything_over = looking  # type: ignore[method-assign]
    with sending(post.postman):
        for _ in range(3):
            assert looked.acquire(timeout=30)
    told = [one for one in caplog.messages if one == "mail_has_no_way"]
    assert len(told) == 1


def test_notices_outlive_a_clock_that_was_far_ahead_once(registry: Workbench) -> None:
    years = 50 * 365 * 24 * HOUR
    registry.pass_by(years)
    with registry.engine.begin() as connection:
        registry.times.now(driver_of(connection))
    registry.clock.now -= int(years * 1000)
    registry.add_person(email=TO)
    registry.push(registry.message())
    with OddMailServer() as server:
        # Another process, which knows nothing of that but from the table.
        later = Post(Workbench(registry.engine, clock=registry.clock), towards(server))
        taken = later.mails.claim(1)
        assert taken is not None
        later.mails.postpone(taken, "lost", 60_000)
        latest = Post(Workbench(registry.engine, clock=registry.clock), towards(server))
        latest.work(times=2)
        assert server.received == []
        latest.work(after=MINUTE)
        assert len(server.received) == 1


def test_a_sender_that_is_stopped_cuts_what_hangs(
    registry: Workbench, expected_stumbles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.registry.mails._STOP_SECONDS", 0.2)
    with OddMailServer(usually=Behaviour(trickles="EHLO")) as server:
        post = Post(registry, towards(server, 600.0))
        post.put()
        post.postman.start()
        server.wait_for(lambda: server.connections == 1)
        post.postman.stop()
        post.postman._thread.join(30)
        assert not post.postman._thread.is_alive()
    assert len(registry.rows(outgoing)) == 1


def test_a_restored_clock_frees_no_lease_and_no_wait(registry: Workbench) -> None:
    post = Post(registry, None)
    post.put()
    taken = post.mails.claim(60_000)
    assert taken is not None
    post.mails.postpone(taken, "lost", 60_000)
    registry.clock.now -= 24 * 3600 * 1000
    assert post.mails.claim(60_000) is None
    registry.pass_by(61)
    assert post.mails.claim(60_000) is not None


@pytest.mark.parametrize("longest", [LONGEST_MS, LONGEST_UNREACHED_MS])
def test_waits_grow_from_a_second_to_their_bound(longest: int) -> None:
    for tries in range(1, 200):
        for _ in range(20):
            assert SHORTEST_MS <= wait_ms(tries, longest) <= min(longest, 1000 * 2**tries)
    assert wait_ms(500, longest) >= longest // 2
    assert len({wait_ms(10, longest) for _ in range(50)}) > 1


def test_a_folder_gets_a_file_for_each_mail_and_the_same_again_none(
    registry: Workbench, tmp_path: Path
) -> None:
    folder = tmp_path / "e-mails"
    post = Post(registry, MailFolder(folder, SENDER))
    post.put()
    post.put(what="email_code", lasts_ms=600_000)
    post.work()
    files = sorted(folder.iterdir())
    assert [file.suffix for file in files] == [".eml", ".eml"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert not any(TO in file.name or "012345" in file.name for file in files)
    # A person reads it without a mail program.
    assert any("Seu código para redefinir a senha" in file.read_text("utf-8") for file in files)
    assert registry.rows(outgoing) == []


def test_a_folder_that_cannot_be_made_loses_nothing(
    registry: Workbench, tmp_path: Path, expected_stumbles: None
) -> None:
    (tmp_path / "file").write_text("")
    post = Post(registry, MailFolder(tmp_path / "file" / "sub", SENDER))
    post.put()
    post.work()
    assert post.mails.standing(9).line_error == "folder"
    assert len(registry.rows(outgoing)) == 1


def test_codes_that_waited_before_there_was_a_sender_are_void_ten_minutes_later(
    tmp_path: Path,
) -> None:
    old = tmp_path / "migrations"
    shutil.copytree(
        SCRIPTS, old, ignore=lambda _, names: {one for one in names if "0008" <= one[:4] <= "9999"}
    )
    file = tmp_path / "registry.sqlite3"
    bring_up_to_date(file, old)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(
            "INSERT INTO outgoing (at, what, person_id, address, content)"
            " VALUES (5, 'email_code', 'P1', ?, '{}')",
            (TO,),
        )
    engine = open_database(default_url(tmp_path))
    (row,) = Workbench(engine).rows(outgoing)
    engine.dispose()
    assert (row["expires_at"], row["attempts"], row["set_aside_at"]) == (600_005, 0, None)
