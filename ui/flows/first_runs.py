"""From an unenrolled machine to a device, at the hands of a technician."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt

from kiosk.domain import enrolment_codes, enrolment_tickets
from kiosk.domain.enrolment_forms import EnrolmentWish, read_enrolment
from kiosk.domain.forms import Field, Rules
from kiosk.services.first_runs import (
    Check,
    CheckItem,
    CheckState,
    Enrolled,
    FaceName,
    FirstRun,
    Found,
    Refusal,
)
from ui.base.tasks import Tasks
from ui.base.theme import Theme
from ui.screens.first_run import FirstRunScreen
from ui.screens.first_run_check import FirstRunCheckScreen
from ui.screens.first_run_found import FirstRunFoundScreen
from ui.widgets.check_lists import CheckRow
from ui.widgets.notices import Tone
from ui.window import Window
from ui.words.first_runs import (
    breakable,
    certificate_words,
    check_title,
    check_words,
    clock_words,
    device_words,
    enrolled_words,
    field_of,
    fingerprint_words,
    refusal_words,
)
from ui.words.problems import all_words, problem_words
from ui.words.queue import Fact

_TONES: dict[CheckState, Tone] = {
    CheckState.OK: "success",
    CheckState.ATTENTION: "warning",
    CheckState.FAILED: "danger",
}


class FirstRunFlow:
    """Drives the three screens.

    Args:
        window: Where they are shown.
        theme: How they look.
        tasks: Where the work is done.
        first_run: Does it.
        to_help: Leads to help.
        leave: The technician gives up.
        done: The machine is a device, and opens with this face.
    """

    def __init__(
        self,
        window: Window,
        theme: Theme,
        tasks: Tasks,
        first_run: FirstRun,
        *,
        to_help: Callable[[], None],
        leave: Callable[[], None],
        done: Callable[[FaceName], None],
    ) -> None:
        self._window = window
        self._tasks = tasks
        self._first_run = first_run
        self._leave = leave
        self._done = done
        self._wish: EnrolmentWish | None = None
        self._face: FaceName = "kiosk"
        self._looks = 0
        self.form = FirstRunScreen(theme)
        self.found = FirstRunFoundScreen(theme)
        self.checks = FirstRunCheckScreen(theme)
        for page in (self.form, self.found, self.checks):
            window.add(page)
            page.help_wanted.connect(to_help)
        self.form.back_wanted.connect(leave)
        self.form.submitted.connect(self._look)
        self.form.cancelled.connect(self._forget_look)
        self.form.left.connect(self._check_field)
        self.found.back_wanted.connect(self._to_form)
        self.found.confirmed.connect(self._enrol)
        self.checks.done.connect(lambda: self._done(self._face))
        self.checks.again_wanted.connect(self._check)

    def begin(self) -> None:
        """Show the first step."""
        self.form.address.setText(self._first_run.address)
        self._to_form()

    def _to_form(self) -> None:
        self._window.show_page(self.form)

    def _check_field(self, field: Field) -> None:
        self._take_ticket()
        read = read_enrolment(self.form.form())
        problem = None if isinstance(read, EnrolmentWish) else read.get(field)
        words = "" if problem is None else problem_words(field, problem, Rules())
        self.form.show_problem(field, words)

    def _take_ticket(self) -> None:
        """Put the two halves of what was scanned, into whichever field, where they belong."""
        for edit in (self.form.address, self.form.code, self.form.authority):
            ticket = enrolment_tickets.read(edit.typed())
            if ticket is not None:
                edit.wipe()
                self.form.address.setText(ticket.address)
                self.form.code.setText(enrolment_codes.grouped(ticket.code))
                self.form.submit.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _look(self) -> None:
        self._take_ticket()
        read = read_enrolment(self.form.form())
        if not isinstance(read, EnrolmentWish):
            self.form.show_problems(all_words(read, Rules()))
            return
        wish = read
        self._looks += 1
        look = self._looks
        self.form.show_busy()
        task = self._tasks.run(lambda: self._first_run.look(wish))
        task.on_success(lambda answer: self._show_look(look, wish, answer))
        task.on_end(lambda: self._end_look(look))

    def _end_look(self, look: int) -> None:
        if look == self._looks:
            self.form.show_idle()

    def _forget_look(self) -> None:
        # Looking changes nothing, so nothing has to be taken back when nobody waits for it.
        self._looks += 1
        self.form.show_idle()
        self.form.show_notice(
            "info", QCoreApplication.translate("first_runs", "Cancelado. Nada foi mudado.")
        )

    def _show_look(self, look: int, wish: EnrolmentWish, answer: Found | Refusal) -> None:
        if look != self._looks:
            return
        if isinstance(answer, Refusal):
            self._refuse(wish, answer)
            return
        self._wish, self._face = wish, answer.face
        self.found.show_found(_facts(answer), answer.custodies)
        self._window.show_page(self.found)

    def _refuse(self, wish: EnrolmentWish, refusal: Refusal) -> None:
        has_authority = wish.authority is not None
        words = refusal_words(refusal, has_authority=has_authority)
        field = field_of(refusal, has_authority=has_authority)
        if field is None:
            self.form.show_notice("danger", words)
        else:
            self.form.show_problems({field: words})

    def _enrol(self) -> None:
        wish, custody = self._wish, self.found.chosen()
        if wish is None or custody is None:
            raise AssertionError
        self._show_progress(QCoreApplication.translate("first_runs", "Inscrevendo"))
        task = self._tasks.run(lambda: self._first_run.enrol(wish, custody))
        task.on_success(lambda answer: self._show_enrolled(wish, answer))

    def _show_enrolled(self, wish: EnrolmentWish, answer: Enrolled | Refusal) -> None:
        if isinstance(answer, Enrolled):
            self._face = answer.face
            self._window.status.show_status(enrolled_words(answer), is_online=None)
            self._check()
            return
        field = field_of(answer, has_authority=wish.authority is not None)
        if field is None:
            self._window.show_page(self.found)
            self.found.show_problem(refusal_words(answer, has_authority=False))
            return
        self._to_form()
        self._refuse(wish, answer)

    def _check(self) -> None:
        self._show_progress(QCoreApplication.translate("first_runs", "Conferindo"))
        self._tasks.run(self._first_run.check).on_success(self._show_checks)

    def _show_progress(self, words: str) -> None:
        self._window.show_page(self.checks)
        self.checks.show_progress(
            words, [CheckRow("info", check_title(item), "…") for item in CheckItem]
        )

    def _show_checks(self, checks: tuple[Check, ...]) -> None:
        translate = QCoreApplication.translate
        is_well = all(one.state is not CheckState.FAILED for one in checks)
        self.checks.show_rows(
            translate("first_runs", "Tudo certo: esta máquina está inscrita.")
            if is_well
            else translate("first_runs", "Inscrita, mas algo ainda não está certo."),
            [
                CheckRow(_TONES[one.state], check_title(one.item), check_words(one))
                for one in checks
            ],
            is_well=is_well,
        )


def _facts(found: Found) -> list[Fact]:
    translate = QCoreApplication.translate
    facts = [
        Fact(translate("first_runs", "Esta máquina"), device_words(found)),
        Fact(translate("first_runs", "Cadastro"), breakable(found.address)),
        Fact(translate("first_runs", "Certificado"), certificate_words(found.certificate)),
    ]
    if found.certificate is not None:
        facts.append(Fact("SHA-256", fingerprint_words(found.certificate)))
    if found.clock_error is not None:
        facts.append(Fact(translate("first_runs", "Relógio"), clock_words(found.clock_error)))
    return facts
