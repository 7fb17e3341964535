"""The long form: several recorded runs of the driven program, and power lost in each many times."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from tests.faults.power.drivers import Options, words_of
from tests.faults.power.losses import Summary, lose_power
from tests.faults.power.recordings import Event, build_recorder, read_log, record

# A log that is folded into the database every few actions, now and then, and as the product does.
_CHECKPOINT_PAGES = (60, 250, None)


def run(
    folder: Path,
    cuts: int,
    seed: int,
    *,
    threads: int = 4,
    actions: int = 50,
    synchronous: str | None = None,
) -> Summary:
    """Record three runs of the driven program and lose power in each, with a third of the cuts.

    Args:
        folder: Where recordings are kept; those that are there already are used again.
        cuts: Power losses, over all.
        seed: Of everything but the order of threads, which the recordings hold.
        threads: That record.
        actions: Of each thread, in each start of the driven program.
        synchronous: Put in place of the product's own.
    """
    summary = Summary(seed)
    library = build_recorder(folder)
    options = Options(threads=threads, actions=actions, synchronous=synchronous)
    with quick_folder() as images:
        for turn, pages in enumerate(_CHECKPOINT_PAGES):
            place = folder / f"recording-{turn}"
            its_own = replace(options, seed=seed + turn, checkpoint_pages=pages)
            events = recorded(library, place, place / "root", its_own)
            share = cuts // len(_CHECKPOINT_PAGES) + (turn < cuts % len(_CHECKPOINT_PAGES))
            lose_power(events, share, seed + turn, images, place / "scripts", summary)
    return summary


def recorded(library: Path, place: Path, root: Path, options: Options) -> list[Event]:
    """Return the log of a run, made now or kept in this place from before.

    Args:
        library: From ``build_recorder``.
        place: Where the log and the later migrations are kept.
        root: Where the driven program works.
        options: Of the driven program.
    """
    log = place / "log"
    if log.exists():
        return list(read_log(log))
    for folder in (place, root):
        folder.mkdir(parents=True, exist_ok=True)
    return record(library, root, log, words_of(root, place / "scripts", options))


@contextmanager
def quick_folder() -> Iterator[Path]:
    """A folder in memory where there is one: what is laid down there is read again at once."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own below it
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        yield Path(folder)


def lines_of(summary: Summary) -> list[str]:
    """Return what a supervisor reads, in pt-BR."""
    one = summary
    lines = [
        f"Queda de energia: semente {one.seed}, {one.cuts} quedas, e depois de cada uma o programa",
        f"  gravados: {one.files} arquivos criados, {one.writes} escritas",
        f"  sincronizações: {one.syncs}, do arquivo principal {one.checkpoints}",
        f"  operações confirmadas: {one.acknowledged}; procuradas depois das quedas: {one.checked}",
        f"  escritas rasgadas: {one.torn}; ausentes: {one.absent}; nomes ausentes: {one.names}",
        f"  perdidas: {one.lost}, em {one.cuts_with_loss} quedas",
        f"  quedas que danificaram o banco: {one.cuts_broken}",
    ]
    lines += [f"  {count} × {what}" for what, count in one.kinds.most_common()]
    return lines + [f"  {told}" for told in one.told]
