"""What all screens have in common: where one is, the way back, help, and a column to read."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.columns import Column
from ui.widgets.labels import HELP_PHONE, Label

_REACH = 10
_WIDE = 1600
_NARROW = 1200
_ROOMY = 900
_TALL = 1500
_UPRIGHT_ASIDE = 344
_ANY_WIDTH = 16777215
_ICON_GAP = 8


class Page(QWidget):
    """A screen: a dark side that says where one is, and a light one where something is done.

    Upright, the dark side stands above.

    Args:
        name: Beginning of all object names of the screen, which itself is ``<name>Screen``.
        title: Where one is.
        intro: What can be done here.
        has_back: Whether there is a way back.
        has_help: Whether help stands at the side.
        is_wide: Whether the dark side is a band above at any size, to leave all the width.

    Signals:
        back_wanted: Voltar, or Esc.
        help_wanted: Preciso de ajuda.
    """

    back_wanted = Signal()
    help_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        title: str,
        intro: str,
        *,
        has_back: bool = True,
        has_help: bool = True,
        is_wide: bool = False,
    ) -> None:
        super().__init__()
        translate = QCoreApplication.translate
        self._is_wide = is_wide
        self.setObjectName(f"{name}Screen")
        self.setAccessibleName(title)
        self.theme = theme
        self.back: Button | None = None
        self.help: Button | None = None
        self._first: QWidget | None = None

        self._aside = QFrame()
        self._aside.setProperty("role", "aside")
        self._side = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._aside)
        self._side.setSpacing(theme.sizes.gap)
        along = QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom
        upper = QBoxLayout(along)
        upper.setSpacing(theme.sizes.gap * (3 if is_wide else 1))
        lower = QBoxLayout(along)
        lower.setSpacing(theme.sizes.gap * (2 if is_wide else 1))
        self._side.addLayout(upper)
        self._side.addStretch()
        self._side.addSpacing(theme.sizes.gap)
        self._side.addLayout(lower)
        top = QHBoxLayout()
        if has_back:
            self.back = Button(translate("Page", "Voltar"), "onDark", f"{name}Back")
            self.back.clicked.connect(self.back_wanted)
            top.addWidget(self.back)
        else:
            brand = Label("PAS/SERPRO", "brand", wraps=False)
            brand.setFixedHeight(theme.sizes.target)
            top.addWidget(brand)
        top.addStretch()
        upper.addLayout(top)
        self._above_title = QWidget()
        upper.addWidget(self._above_title)
        self.title = Label(title, "pageTitle", wraps=not is_wide)
        self.intro = Label(intro, "pageIntro")
        words = QVBoxLayout()
        words.setSpacing(0 if is_wide else theme.sizes.gap)
        words.addStretch(1 if is_wide else 0)
        words.addWidget(self.title)
        words.addWidget(self.intro)
        words.addStretch(1 if is_wide else 0)
        upper.addLayout(words, 1 if is_wide else 0)
        upper.addStretch(0 if is_wide else 1)
        if has_help:
            lower.addStretch()
            phone = QVBoxLayout()
            phone.setSpacing(0 if is_wide else theme.sizes.gap)
            phone.addStretch(1 if is_wide else 0)
            phone.addWidget(
                Label(
                    translate("Page", "Central de atendimento, 24\N{NO-BREAK SPACE}horas"),
                    "asideHint",
                    wraps=not is_wide,
                )
            )
            phone.addWidget(Label(HELP_PHONE, "asidePhone", wraps=False))
            phone.addStretch(1 if is_wide else 0)
            lower.addLayout(phone)
            self.help = Button(translate("Page", "Preciso de ajuda"), "onDark", f"{name}Help")
            self.help.clicked.connect(self.help_wanted)
            row = QHBoxLayout()
            row.addWidget(self.help)
            row.addStretch()
            lower.addLayout(row)
        if has_back or has_help:
            self._draw_icons()
        self._lower = lower

        self.column = Column(theme.sizes.gap, _REACH)
        self.buttons = QHBoxLayout()
        # Room for the ring around one of them.
        self.buttons.setSpacing(theme.sizes.gap + 8)
        self.buttons.setContentsMargins(_REACH, 10, _REACH, 10)
        self._middle = QWidget()
        self._middle.setMaximumWidth(theme.sizes.column + 2 * _REACH)
        self._body = QVBoxLayout(self._middle)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(4)
        self._body.addWidget(self.column)
        self._body.addLayout(self.buttons)
        self._body.addStretch(1)
        self._ground = QHBoxLayout()
        self._ground.addStretch(1)
        self._ground.addWidget(self._middle, 1000)
        self._ground.addStretch(1)
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._halves.setContentsMargins(0, 0, 0, 0)
        self._halves.setSpacing(0)
        self._halves.addWidget(self._aside)
        self._halves.addLayout(self._ground, 1)

    def add_aside(self, hint: str, button: Button) -> None:
        """Put a button at the foot of the dark side, under a few words."""
        self._lower.addStretch()
        self._lower.addWidget(Label(hint, "asideHint"))
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch()
        self._lower.addLayout(row)

    def begin(self) -> None:
        """Put the focus where the person goes on; called each time the screen is shown."""
        self.settle()
        target = self.first_focus() or self
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def first_focus(self) -> QWidget | None:
        """Return the widget that takes the focus when the screen is shown; the page, for None."""
        return None

    def wipe(self) -> None:
        """Forget everything of a person that stands here; by itself a page shows nothing of one."""

    def order_tabs(self, rest: Sequence[QWidget]) -> None:
        """Let Tab go in the order in which the screen is read: the side, then ``rest``."""
        sides = [widget for widget in (self.back, self.help) if widget is not None]
        for before, after in pairwise([*sides, *rest]):
            QWidget.setTabOrder(before, after)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes back."""
        if event.key() == Qt.Key.Key_Escape:
            self.back_wanted.emit()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the halves side by side, or one above the other on an upright screen."""
        super().resizeEvent(event)
        width, height = self.width(), self.height()
        if self._is_wide:
            self._stand_wide()
        elif width < height or width < 2 * self.theme.sizes.aside:
            self._stand_upright(width, height)
        else:
            self._lie_down(width, height)
        self.column.content.setSpacing(self.gap_at(height))
        self.settle()

    def settle(self) -> None:
        """Lay everything out at once, so that nothing is painted half-way and nothing jumps."""
        self.column.updateGeometry()
        self._halves.activate()
        self._body.activate()
        self.column.settle()

    def gap_at(self, height: int) -> int:
        """Return the room between what stands in the column, in a page of some height."""
        if height >= _TALL:
            return self.theme.sizes.gap * 3
        return self.theme.sizes.gap * (2 if height >= _ROOMY else 1)

    def fill(self, widget: QWidget) -> None:
        """Let a widget have all the room instead of the column."""
        self.column.hide()
        self.buttons.setContentsMargins(0, 0, 0, 0)
        self._middle.setMaximumWidth(_ANY_WIDTH)
        self._body.insertWidget(0, widget, 1)
        self._body.setStretch(self._body.count() - 1, 0)

    def _stand_wide(self) -> None:
        self._halves.setDirection(QBoxLayout.Direction.TopToBottom)
        self._side.setDirection(QBoxLayout.Direction.LeftToRight)
        self._side.setStretch(0, 1)
        self._side.setContentsMargins(22, 12, 22, 12)
        self._above_title.hide()
        self._ground.setContentsMargins(14, 10, 14, 4)

    def _stand_upright(self, width: int, height: int) -> None:
        self._halves.setDirection(QBoxLayout.Direction.TopToBottom)
        self._side.setDirection(QBoxLayout.Direction.LeftToRight)
        self._side.setStretch(0, 1)
        side = max(24, (width - self.theme.sizes.column) // 2)
        self._side.setContentsMargins(side, 28, side, 32)
        self._aside.setMinimumSize(0, _UPRIGHT_ASIDE)
        self._aside.setMaximumWidth(_ANY_WIDTH)
        self._above_title.setFixedHeight(32)
        self._ground.setContentsMargins(24, max(56, height // 12), 24, 12)

    def _lie_down(self, width: int, height: int) -> None:
        self._halves.setDirection(QBoxLayout.Direction.LeftToRight)
        self._side.setDirection(QBoxLayout.Direction.TopToBottom)
        self._side.setStretch(0, 0)
        self._side.setContentsMargins(32, 28, 32, 28)
        aside = self.theme.sizes.aside
        if width >= _WIDE:
            aside += 88
        elif width < _NARROW:
            aside -= 72
        self._aside.setMinimumHeight(0)
        self._aside.setFixedWidth(aside)
        self._above_title.setFixedHeight(max(0, (height - 560) // 3))
        self._ground.setContentsMargins(24, max(14, height // 12 - 34), 24, 12)

    def _draw_icons(self) -> None:
        # The start screen has neither button, and its first paint does not wait for the modules.
        from PySide6.QtGui import QIcon

        from ui.base import icons

        size = self.theme.sizes.icon
        for button, icon in ((self.back, "arrow-left"), (self.help, "circle-help")):
            if button is not None:
                drawn = icons.pixmap(icon, self.theme.colours.on_dark, size, after=_ICON_GAP)
                button.setIcon(QIcon(drawn))
                button.setIconSize(QSize(size + _ICON_GAP, size))
