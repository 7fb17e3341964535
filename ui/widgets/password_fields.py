"""A field for a password."""

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QLineEdit

from ui.base import icons
from ui.base.theme import Theme
from ui.widgets.buttons import Button
from ui.widgets.form_fields import FormField
from ui.widgets.line_edits import LineEdit
from ui.widgets.strength_meters import StrengthMeter

_ICON_GAP = 8
_HINTS = (
    Qt.InputMethodHint.ImhSensitiveData
    | Qt.InputMethodHint.ImhNoPredictiveText
    | Qt.InputMethodHint.ImhNoAutoUppercase
)


class PasswordField(FormField):
    """Hides what is typed until "Mostrar senha" is pressed, and hides it again when wiped.

    Args:
        label: As for ``FormField``.
        hint: As for ``FormField``.
        name: Object name of the edit; the button beside it has ``Show`` behind it.
        meter: What tells below how strong the password is.
    """

    def __init__(
        self,
        theme: Theme,
        label: str,
        hint: str,
        name: str,
        meter: StrengthMeter | None = None,
    ) -> None:
        translate = QCoreApplication.translate
        self._show = translate("PasswordField", "Mostrar senha")
        self._hide = translate("PasswordField", "Ocultar senha")
        colour, side = theme.colours.primary, theme.sizes.icon
        self._eye = QIcon(icons.pixmap("eye", colour, side, after=_ICON_GAP))
        self._eye_off = QIcon(icons.pixmap("eye-off", colour, side, after=_ICON_GAP))
        edit = LineEdit(name)
        self.toggle = Button(self._show, "quiet", f"{name}Show")
        self.toggle.setCheckable(True)
        self.toggle.setIconSize(QSize(side + _ICON_GAP, side))
        super().__init__(theme, label, hint, edit, beside=self.toggle, below=meter)
        self.toggle.toggled.connect(self._show_characters)
        widths = []
        for shown in (True, False):
            self._show_characters(shown)
            self.toggle.ensurePolished()
            widths.append(self.toggle.sizeHint().width())
        self.toggle.setFixedWidth(max(widths))

    def wipe(self) -> None:
        """Forget the password, what could be undone to it, and hide what comes next."""
        self.toggle.setChecked(False)
        super().wipe()

    def _show_characters(self, shown: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        hidden = Qt.InputMethodHint.ImhNone if shown else Qt.InputMethodHint.ImhHiddenText
        self.edit.setInputMethodHints(_HINTS | hidden)
        text = self._hide if shown else self._show
        self.toggle.setText(text)
        self.toggle.setIcon(self._eye_off if shown else self._eye)
        self.toggle.setAccessibleName(f"{text}: {self.label.text()}")
