"""The lock, read: what it names, for which platforms, with which hashes, and who asks for it."""

import re
import tomllib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;]+)(?:\s*;\s*(.+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """One distribution of the lock.

    Attributes:
        marker: Where it is installed; None for everywhere.
        sha256: Of its files, any of which may be installed.
    """

    name: str
    version: str
    marker: str | None
    sha256: tuple[str, ...]


def locked(text: str | None = None) -> list[Locked]:
    """Return everything in the lock, by name.

    Args:
        text: Of the lock; None for the one of this checkout.

    Raises:
        ValueError: A line is neither a pin nor a hash.
    """
    text = LOCK.read_text("utf-8") if text is None else text
    found = []
    for entry in text.replace("\\\n", "").splitlines():
        if not entry.strip() or entry.startswith("#"):
            continue
        pin = _PIN.fullmatch(_HASH.sub("", entry).strip())
        hashes = tuple(sorted(_HASH.findall(entry)))
        if pin is None or not hashes:
            raise ValueError(f"neither a pin nor a hash: {entry[:60]}")
        found.append(Locked(canonicalize_name(pin[1]), pin[2], pin[3], hashes))
    return sorted(found, key=lambda one: one.name)


def project() -> dict[str, Any]:
    """Return what ``pyproject.toml`` says of the project."""
    read: dict[str, Any] = tomllib.loads(PROJECT.read_text("utf-8"))["project"]
    return read


def shipped() -> set[str]:
    """Return the names of what the program needs to run, at the device or at the registry.

    What is locked beside them serves development alone.
    """
    said = project()
    wanted = [Requirement(one) for one in said["dependencies"]]
    wanted += [Requirement(one) for one in said["optional-dependencies"]["registry"]]
    names: set[str] = set()
    while wanted:
        asked = wanted.pop()
        name = canonicalize_name(asked.name)
        before = len(names)
        names.add(name)
        if len(names) == before and not asked.extras:
            continue
        wanted += needed_by(name, asked.extras)
    return names


def needed_by(name: str, extras: set[str] | None = None) -> list[Requirement]:
    """Return what an installed distribution needs, on any platform of the lock.

    Args:
        name: Of the distribution; of one that is not installed here nothing is known.
        extras: With these.
    """
    pins = {one.name for one in locked()}
    try:
        lines = metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []
    found = []
    for line in lines:
        needed = Requirement(line)
        text = str(needed.marker or "")
        wanted = "extra" not in text or any(f'"{extra}"' in text for extra in extras or ())
        if wanted and canonicalize_name(needed.name) in pins:
            found.append(needed)
    return found
