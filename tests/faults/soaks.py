"""Devices and a registry killed at random moments, on lines that fail in every way."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

from kiosk.domain.gates import DESK_FACE
from kiosk.embedded_registries import EmbeddedRegistry, fixed_port
from kiosk.registry.people import Account
from tests.enrolments import enrol_folders
from tests.faults.acknowledgements import Acknowledged
from tests.faults.books import read_accounts, read_books
from tests.faults.devices import PROGRAM, DeviceProcess, RegistryProcess
from tests.faults.misses import Miss, Misses
from tests.faults.people import write_people
from tests.faults.plans import Fault, Paces, Script, Weather
from tests.faults.proxies import FaultyProxy
from tests.faults.reports import Story, progress
from tests.faults.verdicts import check_files, judge, read_device

_PROGRESS_SECONDS = 60.0
_LOOK_SECONDS = 1.0
# A power cut takes everything in the house with it.
_SHARE_OF_POWER_CUTS = 0.02
_REGISTRY_WEIGHT = 1.5
# The others are given time to come up, so that a slow machine has something to lose as well.
_SHARE_KILLED_ANYWHEN = 0.2
_UP_SECONDS = 20.0
_GLANCE_SECONDS = 0.02
_LONGEST_LIFE_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Size:
    """How much a soak does.

    Attributes:
        seconds: Until the faults end; longer where the kills are not yet done.
        kills: At least so many.
        pace: Mean seconds between two people at one device.
        patience: Seconds for the draining.
    """

    desks: int = 3
    kiosks: int = 2
    people: int = 200
    seconds: float = 3600.0
    kills: int = 1000
    pace: float = 0.3
    patience: float = 240.0


class Soak:
    """One run.

    Args:
        folder: Everything lies below it; empty.
        size: How much.
        seed: Who acts, what fails, and what is killed when; the machine's own timing is not in it.
        tell: Takes the line of each minute.
    """

    def __init__(self, folder: Path, size: Size, seed: int, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._size = size
        self._seed = seed
        self._tell = tell
        self._random = Random(seed)
        self._misses = Misses()
        self._kills: Counter[str] = Counter()
        self._pause = threading.Event()
        self._roster = folder / "people.csv"
        self._registry = RegistryProcess(folder / "registry", fixed_port())
        self._proxies: list[FaultyProxy] = []
        self._devices: list[DeviceProcess] = []

    def run(self) -> Story:
        """Run it to its verdict; no process is left behind."""
        before = self._import_people()
        begun = time.monotonic()
        try:
            self._registry.start()
            self._install()
            self._disturb(begun)
            ended = time.monotonic()
            self._drain()
            drained = time.monotonic()
        finally:
            for device in self._devices:
                device.kill()
            for proxy in self._proxies:
                proxy.close()
            self._registry.stop()
        return self._verdict(before, ended - begun, drained - ended)

    def _import_people(self) -> dict[str, Account]:
        write_people(self._roster, self._size.people, self._seed)
        EmbeddedRegistry(PROGRAM, self._folder / "registry").import_roster(self._roster)
        return read_accounts(self._folder / "registry")

    def _install(self) -> None:
        names = [f"balcão {n + 1}" for n in range(self._size.desks)]
        names += [f"quiosque {n + 1}" for n in range(self._size.kiosks)]
        for number, name in enumerate(names):
            seed = self._seed * 100 + number
            proxy = FaultyProxy(
                self._registry.address,
                Weather(seed),
                seed=seed,
                paces=Paces(delay=1.5, drip=0.0005, refusal=0.5),
            )
            self._proxies.append(proxy)
            device = DeviceProcess(
                name,
                self._folder / f"device-{number}",
                proxy.address,
                seed,
                "--roster",
                str(self._roster),
                "--pace",
                str(self._size.pace),
                "--patience",
                str(self._size.patience),
            )
            # At every one of them people come more often than anybody resets a password at a kiosk.
            enrol_folders(self._folder / "registry", device.data_dir, f"DEV{number:03d}", DESK_FACE)
            self._devices.append(device)
            device.start()

    def _disturb(self, begun: float) -> None:
        """Kill, at moments drawn at random, until time is over and the kills are done."""
        mean = self._size.seconds / self._size.kills
        next_kill = begun + self._random.expovariate(1 / mean)
        next_line = begun + _PROGRESS_SECONDS
        while True:
            now = time.monotonic()
            is_over = now - begun >= self._size.seconds
            if is_over and self._kills.total() >= self._size.kills:
                return
            if now >= next_kill:
                self._kill()
                # A late kill does not put off those after it, except for a long stall.
                next_kill = max(next_kill, now - 10 * mean) + self._random.expovariate(1 / mean)
                continue
            if now >= next_line:
                self._tell(self._progress(now - begun))
                next_line += _PROGRESS_SECONDS
            self._look_after()
            self._pause.wait(max(0.0, min(next_kill - now, _LOOK_SECONDS)))

    def _kill(self) -> None:
        everything: list[DeviceProcess | RegistryProcess] = [self._registry, *self._devices]
        if self._random.random() < _SHARE_OF_POWER_CUTS:
            victims = everything
        else:
            weights = [_REGISTRY_WEIGHT] + [1.0] * len(self._devices)
            victims = self._random.choices(everything, weights)
            self._wait_until_up(victims[0])
        self._look_after()
        for victim in victims:
            victim.kill()
            self._kills[victim.name] += 1
        for victim in victims:
            victim.start()

    def _wait_until_up(self, victim: DeviceProcess | RegistryProcess) -> None:
        if self._random.random() < _SHARE_KILLED_ANYWHEN:
            return
        deadline = time.monotonic() + _UP_SECONDS
        while not victim.is_up() and time.monotonic() < deadline:
            self._pause.wait(_GLANCE_SECONDS)
        self._pause.wait(self._random.uniform(0.0, _LONGEST_LIFE_SECONDS))

    def _look_after(self) -> None:
        """Note what has ended by itself, and start it again."""
        everything: list[DeviceProcess | RegistryProcess] = [self._registry, *self._devices]
        for one in everything:
            if one.has_fallen():
                self._misses.note(Miss.FELL, f"{one.name}: {one.last_words()}")
                one.kill()
                one.start()

    def _drain(self) -> None:
        for proxy in self._proxies:
            proxy.plan = Script()
        for device in self._devices:
            device.ask_to_end()
        deadline = time.monotonic() + self._size.patience + 30.0
        for device in self._devices:
            if not device.wait(max(1.0, deadline - time.monotonic())):
                self._misses.note(Miss.STUCK, f"{device.name} did not drain: {device.last_words()}")

    def _verdict(self, before: dict[str, Account], seconds: float, drained: float) -> Story:
        folders = [self._folder / "registry", *(one.data_dir for one in self._devices)]
        files = check_files(folders, self._misses)
        totals = judge(
            read_books(self._folder / "registry", before),
            [(read_device(one.data_dir), one.said) for one in self._devices],
            self._misses,
        )
        faults: Counter[Fault] = Counter()
        for proxy in self._proxies:
            faults.update(proxy.faults)
        return Story(
            desks=self._size.desks,
            kiosks=self._size.kiosks,
            seconds=seconds,
            seed=self._seed,
            kills=self._kills,
            faults=faults,
            exchanges=sum(proxy.exchanges for proxy in self._proxies),
            drained_seconds=drained,
            files=files,
            bytes_on_disk=sum(file.stat().st_size for file in self._folder.rglob("*.*")),
            totals=totals,
            misses=self._misses,
        )

    def _progress(self, seconds: float) -> str:
        actions = sum(
            isinstance(one, Acknowledged) for device in self._devices for one in device.said.copy()
        )
        faults = sum(proxy.faults.total() for proxy in self._proxies)
        return progress(seconds, actions, self._kills.total(), faults)
