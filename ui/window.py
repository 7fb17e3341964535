"""The one window: demonstration band, screen, line at the foot."""

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from ui.base.theme import Theme
from ui.widgets.demo_bands import DemoBand
from ui.widgets.pages import Page
from ui.widgets.status_lines import StatusLine

_SIZE = QSize(1280, 800)
# What a window manager's title bar takes of the screen.
_FRAME = QSize(0, 40)
_SMALLEST = QSize(1024, 720)


class Window(QWidget):
    """Shows one screen at a time.

    Args:
        demo: Whether the band "DEMONSTRAÇÃO" stands above.

    Attributes:
        page: The screen that is shown.
        status: The line at the foot.
    """

    def __init__(self, theme: Theme, *, demo: bool) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle(QCoreApplication.translate("Window", "PAS/SERPRO – Atendimento"))
        self._theme = theme
        self.page: Page | None = None
        self._stack = QStackedWidget()
        self.status = StatusLine(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        if demo:
            column.addWidget(DemoBand())
        column.addWidget(self._stack, 1)
        column.addWidget(self.status)
        self.setMinimumSize(_SMALLEST)
        available = QApplication.primaryScreen().availableSize()
        self.resize(_SIZE.boundedTo(available - _FRAME))

    def show_focus(self) -> None:
        """Begin to draw the ring around what has the focus; the first paint does not need it."""
        from ui.widgets.focus_rings import FocusRing

        FocusRing(self._theme, self)

    def add(self, page: Page) -> None:
        """Take a screen in, without showing it."""
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)

    def show_page(self, page: Page) -> None:
        """Show a screen and let it place the focus."""
        self.add(page)
        self.page = page
        self._stack.setCurrentWidget(page)
        page.begin()
