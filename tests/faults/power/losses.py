"""Power lost at many moments of one recorded run, and what was found each time."""

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.store.files import FILE_NAME
from tests.faults.power.disks import CarelessDisk, Disk, OrderedDisk
from tests.faults.power.drivers import DATA_DIR
from tests.faults.power.recordings import Event, Kind, marks_of
from tests.faults.power.verdicts import Promises, judge

_NEAR = 12
_TOLD = 5
_NAMES = (Kind.CREATED, Kind.RENAMED, Kind.UNLINKED, Kind.FOLDER_MADE, Kind.CUT)


@dataclass(slots=True)
class Summary:
    """What a number of power losses came to.

    Attributes:
        seed: Of the first recording.
        cuts: Power losses, each with a store opened afterwards.
        acknowledged: Operations the driven program had acknowledged at its end.
        checked: Acknowledged operations looked for, over all cuts.
        lost: Acknowledged things that were not found, over all cuts.
        cuts_with_loss: Cuts after which any was missing.
        cuts_broken: Cuts after which anything else was wrong.
        torn: Writes of which a part arrived.
        absent: Writes of which nothing arrived.
        names: Creations, renames and removals that did not arrive.
        told: The first faults, each with the words that repeat it.
        kinds: How often each fault was found.
    """

    seed: int
    cuts: int = 0
    files: int = 0
    writes: int = 0
    syncs: int = 0
    checkpoints: int = 0
    acknowledged: int = 0
    checked: int = 0
    lost: int = 0
    cuts_with_loss: int = 0
    cuts_broken: int = 0
    torn: int = 0
    absent: int = 0
    names: int = 0
    told: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)


def lose_power(
    events: Sequence[Event],
    cuts: int,
    seed: int,
    folder: Path,
    later_scripts: Path,
    summary: Summary,
    *,
    syncs_folders: bool = True,
) -> None:
    """Lose power at random moments, half of them on each disk, and judge what is found.

    Args:
        events: The log of a driven program.
        cuts: How many.
        seed: Of the moments and of what is lost; with the same log it finds the same again.
        folder: Where remains are laid down, one after the other.
        later_scripts: Of the driven program.
        summary: What is found is added to it.
        syncs_folders: False leaves out the syncs of folders, to show that their lack is found.
    """
    _count(events, summary)
    disks: tuple[Disk, ...] = (
        OrderedDisk(syncs_folders=syncs_folders),
        CarelessDisk(syncs_folders=syncs_folders),
    )
    wanted: dict[int, list[int]] = {}
    for draw, place in enumerate(_moments(events, cuts, random.Random(seed))):
        wanted.setdefault(place, []).append(draw)
    said = dict(marks_of(events))
    promises = Promises()
    for place, event in enumerate(events):
        if event.number in said:
            promises.hear(said[event.number])
        for disk in disks:
            disk.play(event)
        for draw in wanted.get(place, ()):
            disk = disks[draw % len(disks)]
            chance = random.Random(f"{seed} {draw}")
            _cut(disk, chance, promises, folder, later_scripts, summary, f"{event.number}/{draw}")


def _moments(events: Sequence[Event], cuts: int, chance: random.Random) -> Iterator[int]:
    marks = [place for place, event in enumerate(events) if event.kind is Kind.MARK]
    names = [place for place, event in enumerate(events) if event.kind in _NAMES]
    for _ in range(cuts):
        # Half anywhere; the rest where a promise was just made, and where files come and go.
        sort = chance.random()
        if sort < 0.5:
            yield chance.randrange(len(events))
        elif sort < 0.75:
            yield chance.choice(marks)
        else:
            yield min(chance.choice(names) + chance.randrange(_NEAR), len(events) - 1)


def _cut(
    disk: Disk,
    chance: random.Random,
    promises: Promises,
    folder: Path,
    later_scripts: Path,
    summary: Summary,
    where: str,
) -> None:
    remains = disk.lose_power(chance)
    root = folder / "root"
    root.mkdir()
    try:
        remains.write(root)
        faults = judge(root, promises, later_scripts)
    finally:
        shutil.rmtree(root)
    losses = sum(one.is_loss for one in faults)
    summary.cuts += 1
    summary.checked += len(promises.recorded)
    summary.lost += losses
    summary.cuts_with_loss += losses > 0
    summary.cuts_broken += losses < len(faults)
    summary.torn += remains.harm.torn
    summary.absent += remains.harm.absent
    summary.names += remains.harm.names
    summary.kinds.update(one.what for one in faults)
    if faults and len(summary.told) < _TOLD:
        what = sorted({one.what for one in faults})
        summary.told.append(f"{where} ({disk.name}): {'; '.join(what)}")


def _count(events: Sequence[Event], summary: Summary) -> None:
    kinds = Counter(event.kind for event in events)
    main = {event.file for event in events if event.path == str(DATA_DIR / FILE_NAME)}
    summary.files += kinds[Kind.CREATED]
    summary.writes += kinds[Kind.WRITTEN]
    summary.syncs += kinds[Kind.SYNCED] + kinds[Kind.FOLDER_SYNCED]
    summary.checkpoints += sum(
        event.kind is Kind.SYNCED and event.file in main - {0} for event in events
    )
    summary.acknowledged += sum(mark["mark"] == "recorded" for _, mark in marks_of(events))
