"""The start screen. Everything it imports is paid for before the first paint."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.choices import Choice
from ui.widgets.labels import HELP_PHONE, Label
from ui.widgets.pages import Page

if TYPE_CHECKING:
    from ui.widgets.start_notices import StartNotice


class StartScreen(Page):
    """Cadastro, Login, Esqueci minha senha; help and the privacy notice quietly below.

    Signals:
        registration_wanted: Cadastro.
        sign_in_wanted: Login.
        reset_wanted: Esqueci minha senha.
        privacy_wanted: Aviso de privacidade.
        report_read: What was told of a sudden end has been read.
        queue_wanted: Fila de envio, which only the desk has.
    """

    registration_wanted = Signal()
    sign_in_wanted = Signal()
    reset_wanted = Signal()
    privacy_wanted = Signal()
    report_read = Signal()
    queue_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        translate = QCoreApplication.translate
        super().__init__(
            theme,
            "start",
            translate("StartScreen", "O que você deseja fazer?"),
            translate("StartScreen", "Escolha uma das opções para começar."),
            has_back=False,
            has_help=False,
        )
        self.was_painted = False
        self._notice: StartNotice | None = None
        self._asides: list[QWidget] = []
        if theme.face == "desk":
            queue = Button(translate("StartScreen", "Fila de envio"), "onDark", "startQueue")
            queue.clicked.connect(self.queue_wanted)
            self.add_aside(translate("StartScreen", "Só para atendentes"), queue)
            self._asides.append(queue)
        self.registration = Choice(
            theme,
            translate("StartScreen", "Cadastro"),
            translate("StartScreen", "É a minha primeira vez aqui"),
            "startRegistration",
        )
        self.sign_in = Choice(
            theme,
            translate("StartScreen", "Login"),
            translate("StartScreen", "Já tenho senha e quero entrar"),
            "startSignIn",
        )
        self.reset = Choice(
            theme,
            translate("StartScreen", "Esqueci minha senha"),
            translate("StartScreen", "Quero criar uma senha nova"),
            "startReset",
        )
        content = self.column.content
        for choice, signal in (
            (self.registration, self.registration_wanted),
            (self.sign_in, self.sign_in_wanted),
            (self.reset, self.reset_wanted),
        ):
            choice.clicked.connect(signal)
            content.addWidget(choice)
        self.ask_help = Button(
            translate("StartScreen", "Preciso de ajuda"), "secondary", "startHelp"
        )
        self.ask_help.clicked.connect(self.help_wanted)
        self.privacy = Button(
            translate("StartScreen", "Aviso de privacidade"), "quiet", "startPrivacy"
        )
        self.privacy.clicked.connect(self.privacy_wanted)
        row = QHBoxLayout()
        row.setContentsMargins(0, theme.sizes.gap, 0, 0)
        row.setSpacing(theme.sizes.gap + 8)
        row.addWidget(self.ask_help)
        row.addWidget(Label(HELP_PHONE, "label", wraps=False))
        row.addStretch()
        row.addWidget(self.privacy)
        content.addLayout(row)
        self._order([])

    def show_icons(self) -> None:
        """Draw the icons, which the first paint did not wait for."""
        from ui.base import icons

        ratio = self.devicePixelRatioF()
        colours = self.theme.colours
        for choice, icon in (
            (self.registration, "user-plus"),
            (self.sign_in, "log-in"),
            (self.reset, "key-round"),
        ):
            choice.show_icon(icons.pixmap(icon, colours.on_dark, 36, ratio))

    @property
    def notice(self) -> "StartNotice":
        """What is told above the choices after a sudden end; made when first asked for."""
        if self._notice is None:
            from ui.widgets.start_notices import StartNotice

            self._notice = StartNotice(self.theme, "startNotice")
            self._notice.was_read.connect(self._take_report_away)
            self.column.content.insertWidget(0, self._notice)
            self._order([self._notice.read])
        return self._notice

    def show_report(self, words: str) -> None:
        """Tell what became of what was under way when the program ended."""
        self.notice.show_words(words)
        self._size_choices()
        self.settle()

    def _size_choices(self) -> None:
        height = self.height()
        wanted = min(max(height // 5, 112), max(196, height // 7))
        if self._notice is not None and not self._notice.isHidden():
            # Help stays in view beside what is told.
            wanted = min(wanted, max(height // 7, 108))
        for choice in (self.registration, self.sign_in, self.reset):
            choice.setFixedHeight(wanted)

    def _take_report_away(self) -> None:
        self._size_choices()
        self.settle()
        self.report_read.emit()

    def _order(self, first: list[QWidget]) -> None:
        rest = [self.registration, self.sign_in, self.reset, self.ask_help, self.privacy]
        self.order_tabs([*self._asides, *first, *rest])

    def gap_at(self, height: int) -> int:
        """Keep the choices well apart."""
        return super().gap_at(height) + 8

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let the choices be taller where there is room."""
        self._size_choices()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Remember that there is something to see."""
        super().paintEvent(event)
        self.was_painted = True
