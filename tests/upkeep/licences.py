"""The licences of everything that is locked or lies in ``resources``: ``make licences``.

Each has to agree with GPL-3.0-or-later. What nobody has judged yet fails, and is judged here.
"""

import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from tests.upkeep.locks import ROOT, Locked, locked, shipped

PAGE = ROOT / "docs" / "licences.md"
# Source: https://www.gnu.org/licenses/license-list.html, "GPL-Compatible Free Software Licenses".
COMPATIBLE = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "GPL-3.0-only",
        "GPL-3.0-or-later",
        "ISC",
        "LGPL-3.0-only",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
# Looked up in the files of the distribution, where what it says of itself is no SPDX expression or
# too little of one, and of what is installed on another platform alone.
_LOOKED_UP = {
    "atheris": "Apache-2.0",
    "backports-tarfile": "MIT",
    "colorama": "BSD-3-Clause",
    "defusedxml": "PSF-2.0",
    "grimp": "BSD-2-Clause",
    "http-message-signatures": "Apache-2.0",
    "importlib-metadata": "Apache-2.0",
    "import-linter": "BSD-2-Clause",
    "jaraco-classes": "MIT",
    "jeepney": "MIT",
    "lazy-importer": "Apache-2.0",
    "libpass": "BSD-3-Clause",
    "librt": "MIT",
    "litequeue": "MIT",
    "markdown-it-py": "MIT",
    "mdurl": "MIT",
    "pathspec": "MPL-2.0",
    "persist-queue": "BSD-3-Clause",
    "pycparser": "BSD-3-Clause",
    "pyside6-addons": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "pyside6-essentials": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "pywin32-ctypes": "BSD-3-Clause",
    "secretstorage": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "shellingham": "ISC",
    "shiboken6": "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only",
    "sortedcontainers": "Apache-2.0",
    "sqlcipher3": "Zlib AND BSD-3-Clause AND Apache-2.0",
    "zipp": "MIT",
}
_NOTES = {
    "pyside6-addons": "some modules are GPL-3.0-only: see below",
    "sqlcipher3": "with SQLCipher (BSD-3-Clause) and OpenSSL (Apache-2.0) in the wheel",
    "atheris": "with LLVM's libFuzzer (Apache-2.0 with LLVM exception) in the wheel",
}


# Source: https://doc.qt.io/qt-6/qtmodules.html, "GPL Licensed Addons", for the last.
_QT = "LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only"
QT_MODULES = {
    "QtCore": (_QT, "everywhere"),
    "QtGui": (_QT, "windows"),
    "QtWidgets": (_QT, "windows"),
    "QtSvg": (_QT, "icons"),
    "QtTest": (_QT, "tests and the tour"),
    "QtVirtualKeyboard": ("GPL-3.0-only", "not used by this version; may be"),
}


@dataclass(frozen=True, slots=True)
class Resource:
    """Something in ``resources`` that others have made.

    Attributes:
        path: Of the files, below the checkout.
        licence: An SPDX expression.
        text: File with the text of the licence, below the checkout.
        is_data: It lies beside the program, which reads it and does not contain it, so that its
            licence need not be compatible.
    """

    what: str
    path: str
    licence: str
    text: str
    is_data: bool = False


RESOURCES = (
    Resource(
        "Atkinson Hyperlegible Next", "resources/fonts", "OFL-1.1", "resources/fonts/OFL.txt", True
    ),
    Resource("Lucide icons", "resources/icons", "ISC", "resources/icons/LICENSE.txt"),
    Resource(
        "common passwords, words of br.ispell (Debian's wbrazilian)",
        "resources/passwords/common.txt",
        "GPL-2.0-only",
        "resources/passwords/GPL-2.txt",
        True,
    ),
    Resource(
        "common passwords, words of zxcvbn",
        "resources/passwords/common.txt",
        "MIT",
        "resources/passwords/MIT.txt",
    ),
)


def licence_of(one: Locked) -> str | None:
    """Return the licence of a distribution as an SPDX expression; None where nobody knows it."""
    if one.name in _LOOKED_UP:
        return _LOOKED_UP[one.name]
    try:
        said = metadata.metadata(one.name)
    except metadata.PackageNotFoundError:
        return None
    for name in ("License-Expression", "License"):
        if written := said.get_all(name):
            return str(written[0])
    return None


def is_compatible(expression: str) -> bool:
    """Tell whether everything that an expression demands may go into a GPL-3.0-or-later program.

    Args:
        expression: SPDX names with ``AND`` and ``OR``, which binds less; anything else is not.
    """
    return any(
        all(name in COMPATIBLE for name in option.split(" AND "))
        for option in expression.split(" OR ")
    )


def complaints(pins: list[Locked]) -> list[str]:
    """Return what is unknown or incompatible, one in a line."""
    found = []
    for one in pins:
        licence = licence_of(one)
        if licence is None:
            found.append(f"{one.name} {one.version}: licença desconhecida")
        elif not is_compatible(licence):
            found.append(f"{one.name} {one.version}: {licence} não está entre as compatíveis")
    return found


def page(pins: list[Locked]) -> str:
    """Return the page of the documentation."""
    needed = shipped()
    head = """# Licences

The program is GPL-3.0-or-later. Made by `make licences` from `requirements.lock` and from what
each distribution says of itself; where that is no SPDX expression, its files were looked at. A test
holds the page to the lock, and fails for a licence that nobody has judged:
`tests/upkeep/test_licences.py`.

## With the program

What runs at a device or at the registry.

| Distribution | Version | Licence | |
|---|---|---|---|
"""
    parts = [head, _rows([one for one in pins if one.name in needed])]
    parts.append(
        """
## For development alone

What tests, measures and builds; nothing of it is given to anybody with the program.

| Distribution | Version | Licence | |
|---|---|---|---|
"""
    )
    parts.append(_rows([one for one in pins if one.name not in needed]))
    parts.append(
        """
## Resources

| What | Where | Licence | Text |
|---|---|---|---|
"""
    )
    parts.append(
        "".join(
            f"| {one.what} | `{one.path}` | {one.licence} | `{one.text}` |\n" for one in RESOURCES
        )
    )
    parts.append("\n## Modules of Qt\n\n| Module | Licence | Used for |\n|---|---|---|\n")
    parts += [f"| {name} | {one} | {use} |\n" for name, (one, use) in QT_MODULES.items()]
    parts.append(
        """
The font and the list of common passwords are files beside the program: it opens them when it runs
and contains nothing of them, and others in the same form can take their place. The OFL allows that
for a font with any program; the words of br.ispell are under version 2 of the GPL and no later one,
so the list is no part of a GPL-3.0-or-later program and is given along under its own licence
(`resources/passwords/SOURCES.md`).

Qt for Python is offered under three licences, of which LGPL-3.0-only and GPL-3.0-only agree with
the program's; a module that has GPL-3.0-only alone may be used as well, and what is given to others
as a whole is then under version 3 of the GPL.
"""
    )
    return "".join(parts)


def _rows(pins: list[Locked]) -> str:
    return "".join(
        f"| {one.name} | {one.version} | {licence_of(one) or '?'} | {_NOTES.get(one.name, '')} |\n"
        for one in pins
    )


def _names(expression: str) -> list[str]:
    return [one for option in expression.split(" OR ") for one in option.split(" AND ")]


def main(path: Path = PAGE) -> int:
    """Write the page; 1 where something is unknown or incompatible."""
    pins = locked()
    found = complaints(pins)
    for line in found:
        sys.stderr.write(line + "\n")
    if not found:
        path.write_text(page(pins), "utf-8")
        sys.stdout.write(f"{len(pins)} distribuições, todas compatíveis: {path.name}\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
