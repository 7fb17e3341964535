"""A snapshot from a registry process to a device, beside the same lines read by SQLite alone."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from time import perf_counter

import msgspec

from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.store.account_copies import create_tables
from kiosk.wire.messages import MAX_PIECE_BYTES, SnapshotPieceRequest, SnapshotRequest
from tests.bench.comparisons import Bound, Comparison, Spread
from tests.bench.first_paints import PROGRAM
from tests.bench.loaded_desks import connected
from tests.bench.silences import SILENCE_AIM_MS, said_by
from tests.enrolments import enrol_folders, registry_signer

RATE_AIM = 0.8
_DEVICE = "AAAAAA"
_INSERT = "INSERT INTO accounts VALUES (?, ?, ?, ?)"


class Copies:
    """Measures with one registry.

    Args:
        folder: Its ``registry`` is the registry's data folder; the rest is for files of this.
        size: People in it.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        self._size = size
        self._lines = folder / "lines.ndjson"

    def making_rate(self) -> float:
        """Let the registry make a snapshot, and keep its lines; return the people per second."""
        began = perf_counter()
        with EmbeddedRegistry(PROGRAM, self._folder / "registry") as process:
            self._fetch(process.start())
        return self._size / (perf_counter() - began)

    def rates(self, rounds: int) -> tuple[Comparison, Spread]:
        """Measure both in turn; return thousands of rows per second, and MiB the device grew by."""
        ours: list[float] = []
        bare: list[float] = []
        grown: list[float] = []
        for number in range(rounds):
            with EmbeddedRegistry(PROGRAM, self._folder / "registry") as process:
                address = process.start()
                self._fetch(address)
                device = self._device(number)
                words = ["-m", "tests.bench.snapshot_devices", str(device), address]
                seconds, count, mib = said_by(words)
            if count != self._size:
                raise RuntimeError(f"{count} accounts in the copy")
            ours.append(count / seconds / 1000)
            grown.append(mib)
            bare.append(self._size / self._by_hand() / 1000)
        name = f"Retrato de {self._size:_} pessoas, do cadastro à cópia".replace("_", ".")
        beside = "as mesmas linhas de um arquivo, msgspec e executemany num só commit, sem conferir"
        return Comparison(
            name, beside, "mil/s", Spread(tuple(ours)), Spread(tuple(bare)), RATE_AIM, at_least=True
        ), Spread(tuple(grown))

    def silence(self, rounds: int) -> Bound:
        """Replace the copy behind an open screen, in a new process each round."""
        taken: list[tuple[float, str]] = []
        for _ in range(rounds):
            with EmbeddedRegistry(PROGRAM, self._folder / "registry") as process:
                self._fetch(process.start())
            shutil.rmtree(self._folder / "device", ignore_errors=True)
            (self._folder / "device").mkdir()
            words = ["-m", "tests.bench.snapshot_journeys", str(PROGRAM), str(self._folder)]
            taken.append(said_by(words))
        return Bound(
            "Silêncio, a cópia é trocada por um retrato enquanto a tela está aberta",
            Spread(tuple(one[0] for one in taken)),
            SILENCE_AIM_MS,
            max(taken)[1],
        )

    def _device(self, number: int) -> Path:
        device = self._folder / f"device-{number}"
        device.mkdir()
        enrol_folders(self._folder / "registry", device, f"BBBB{number:02d}", face="desk")
        return device

    def _fetch(self, address: str) -> None:
        """Fetch the lines; a snapshot made lately is there afterwards."""
        pause = Event()
        signer = registry_signer(self._folder / "registry", _DEVICE)
        with connected(address, signer) as registry, self._lines.open("wb") as file:
            while not (facts := registry.snapshot(SnapshotRequest(device=_DEVICE))).ready:
                pause.wait(0.2)
            for offset in range(0, facts.size, MAX_PIECE_BYTES):
                length = min(MAX_PIECE_BYTES, facts.size - offset)
                request = SnapshotPieceRequest(
                    device=_DEVICE, id=facts.id, offset=offset, length=length
                )
                file.write(registry.snapshot_piece(request))

    def _by_hand(self) -> float:
        path = self._folder / "by-hand.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            create_tables(connection)
            began = perf_counter()
            connection.execute("BEGIN")
            connection.executemany(_INSERT, self._rows())
            connection.execute("COMMIT")
            taken = perf_counter() - began
        path.unlink()
        return taken

    def _rows(self) -> Iterator[tuple[str, ...]]:
        decode = msgspec.json.Decoder(tuple[str, str, str, str]).decode
        with self._lines.open("rb") as file:
            for line in file:
                yield decode(line)
