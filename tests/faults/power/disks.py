"""Two disks that a log is played to, and what each may hold when the power goes.

``OrderedDisk`` does as ext4 does with ``data=ordered`` and delayed allocation: names and cuts of
files form one journal, of which a beginning is on disk; a sync takes the journal along as far as
the file needs it. ``CarelessDisk`` promises what POSIX promises and no more: a file's bytes and
size by a sync of the file, a name by a sync of its folder, everything else singly, in any order, or
not at all. A rename happens whole or not at all on both.
"""

import random
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tests.faults.power.contents import Change, Content, Harm, Odds
from tests.faults.power.recordings import Event, Kind


@dataclass(frozen=True, slots=True)
class _Naming:
    """A change of names: what goes, what comes, or a cut of a file, which goes the same way."""

    number: int
    gone: str | None = None
    come: str | None = None
    file: int | None = None
    is_cut: bool = False

    def folders(self) -> set[str]:
        paths = [path for path in (self.gone, self.come) if path is not None]
        return {_folder_of(path) for path in paths}

    def apply(self, names: dict[str, int | None]) -> None:
        # Where an earlier change did not arrive, the name may belong to another file by now.
        if self.gone is not None and names.get(self.gone, self.file) == self.file:
            names.pop(self.gone, None)
        if self.come is not None:
            names[self.come] = self.file


@dataclass(frozen=True, slots=True)
class Remains:
    """What is found after a power loss; a folder has no bytes."""

    files: dict[str, bytes | None] = field(repr=False)
    harm: Harm

    def write(self, root: Path) -> None:
        """Lay it down in an empty folder."""
        for path in sorted(self.files):
            text = self.files[path]
            if text is None:
                (root / path).mkdir()
            else:
                (root / path).write_bytes(text)


class Disk(ABC):
    """What is on a disk for certain, and what is on its way.

    Args:
        syncs_folders: False makes of it a program that never syncs a folder.
    """

    name: str

    def __init__(self, *, syncs_folders: bool = True) -> None:
        self._syncs_folders = syncs_folders
        self._contents: dict[int, Content] = {}
        self._certain: dict[str, int | None] = {}
        self._seen: dict[str, int | None] = {}
        self._on_the_way: list[_Naming] = []

    def play(self, event: Event) -> None:
        """Let one entry of the log happen."""
        match event.kind:
            case Kind.CREATED:
                self._contents[event.file] = Content()
                self._name(_Naming(event.number, None, event.path, event.file))
            case Kind.WRITTEN:
                self._change(event, event.data)
            case Kind.CUT:
                self._change(event, None)
                self._on_the_way.append(_Naming(event.number, file=event.file, is_cut=True))
            case Kind.RENAMED:
                file = self._seen[event.path]
                self._name(_Naming(event.number, event.path, event.other, file))
            case Kind.LINKED:
                self._name(_Naming(event.number, None, event.other, self._seen[event.path]))
            case Kind.UNLINKED:
                self._name(_Naming(event.number, event.path, None, self._seen[event.path]))
            case Kind.FOLDER_MADE:
                self._name(_Naming(event.number, None, event.path, None))
            case Kind.SYNCED:
                self._synced(event.file, event.at)
            case Kind.FOLDER_SYNCED if self._syncs_folders:
                self._folder_synced(event.path, event.at)
            case _:
                pass

    def now(self) -> dict[str, bytes | None]:
        """Return what the running system sees."""
        return {
            path: None if file is None else self._contents[file].present()
            for path, file in self._seen.items()
        }

    def names_on_the_way(self) -> set[str]:
        """Return the names that a power loss now could undo or bring back."""
        names = self._certain.keys() | self._seen.keys()
        return {name for name in names if self._certain.get(name, -1) != self._seen.get(name, -1)}

    def bytes_on_the_way(self) -> set[str]:
        """Return the names of files of which a power loss now could take something."""
        return {
            name
            for name, file in self._seen.items()
            if file is not None and self._contents[file].pending
        }

    def lose_power(self, chance: random.Random) -> Remains:
        """Return what may be found if the power goes now."""
        # Each file has odds of its own: the log may have arrived and the database not.
        harm = Harm()
        names, cut_until = self._surviving(Odds(chance), harm)
        files: dict[str, bytes | None] = {}
        for path in sorted(names):
            folder = _folder_of(path)
            if folder and folder not in files:
                harm.names += 1
                continue
            file = names[path]
            files[path] = (
                None
                if file is None
                else self._left(self._contents[file], Odds(chance), cut_until, harm)
            )
        return Remains(files, harm)

    @abstractmethod
    def _synced(self, file: int, begun: int) -> None: ...

    @abstractmethod
    def _folder_synced(self, folder: str, begun: int) -> None: ...

    @abstractmethod
    def _surviving(self, odds: Odds, harm: Harm) -> tuple[dict[str, int | None], int]: ...

    @abstractmethod
    def _left(self, content: Content, odds: Odds, cut_until: int, harm: Harm) -> bytes: ...

    def _change(self, event: Event, data: bytes | None) -> None:
        self._contents[event.file].pending.append(Change(event.number, event.at, data))

    def _name(self, naming: _Naming) -> None:
        naming.apply(self._seen)
        self._on_the_way.append(naming)

    def _make_certain(self, namings: Iterable[_Naming]) -> None:
        done = set()
        for naming in namings:
            naming.apply(self._certain)
            done.add(naming.number)
        self._on_the_way = [one for one in self._on_the_way if one.number not in done]


class OrderedDisk(Disk):
    """As ext4 with ``data=ordered``."""

    name = "ordenado"

    def __init__(self, *, syncs_folders: bool = True) -> None:
        super().__init__(syncs_folders=syncs_folders)
        self._certain_until = 0

    def _synced(self, file: int, begun: int) -> None:
        if self._contents[file].settle(begun):
            # The new size goes with the transaction that runs, and with it all before.
            self._commit(begun - 1)
            return
        # A file whose size stays as it was takes along its own creation at most.
        own = [one.number for one in self._on_the_way if one.file == file and one.gone is None]
        self._commit(max((number for number in own if number < begun), default=0))

    def _folder_synced(self, folder: str, begun: int) -> None:
        own = [one.number for one in self._on_the_way if folder in one.folders()]
        self._commit(max((number for number in own if number < begun), default=0))

    def _commit(self, until: int) -> None:
        self._certain_until = max(self._certain_until, until)
        self._make_certain([one for one in self._on_the_way if one.number <= until])

    def _surviving(self, odds: Odds, harm: Harm) -> tuple[dict[str, int | None], int]:
        count = odds.of_these(len(self._on_the_way))
        harm.names += len(self._on_the_way) - count
        names = dict(self._certain)
        for naming in self._on_the_way[:count]:
            naming.apply(names)
        until = self._on_the_way[count - 1].number if count else 0
        return names, max(until, self._certain_until)

    def _left(self, content: Content, odds: Odds, cut_until: int, harm: Harm) -> bytes:
        return content.after_loss_in_order(odds, cut_until, harm)


class CarelessDisk(Disk):
    """As POSIX allows."""

    name = "descuidado"

    def _synced(self, file: int, begun: int) -> None:
        self._contents[file].settle(begun)
        self._on_the_way = [
            one
            for one in self._on_the_way
            if not (one.is_cut and one.file == file and one.number < begun)
        ]

    def _folder_synced(self, folder: str, begun: int) -> None:
        self._make_certain(
            [one for one in self._on_the_way if one.number < begun and folder in one.folders()]
        )

    def _surviving(self, odds: Odds, harm: Harm) -> tuple[dict[str, int | None], int]:
        names = dict(self._certain)
        for naming in self._on_the_way:
            if naming.is_cut:
                continue
            if odds.arrived():
                naming.apply(names)
            else:
                harm.names += 1
        return names, 0

    def _left(self, content: Content, odds: Odds, cut_until: int, harm: Harm) -> bytes:
        return content.after_loss_in_any_order(odds, harm)


def _folder_of(path: str) -> str:
    folder = str(PurePosixPath(path).parent)
    return "" if folder == "." else folder
