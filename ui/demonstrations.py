"""The demonstration: an own registry, people to try, and a front desk in front of them."""

from contextlib import ExitStack
from pathlib import Path

from kiosk import bootstrap
from kiosk.complaints import unusable_data_dir
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.registry.demonstrations import demo_people
from kiosk.registry.samples import write_sample
from kiosk.services.front_desk import FrontDesk
from kiosk.settings import Settings

SAMPLE_PEOPLE = 200
SAMPLE_SEED = 2024
MAIL_FOLDER = "e-mails"


def open_demonstration(
    program: Path,
    settings: Settings,
    config: Path | None,
    roster: Path | None,
    closing: ExitStack,
) -> FrontDesk:
    """Start a registry process with people in it, and open the device in front of it.

    Args:
        program: Path of ``main.py``.
        settings: Whose data directory holds both databases.
        config: The file they were read from, for the registry to read as well.
        roster: A roster file, or None for the sample.
        closing: Ends the registry when the window is gone.

    Raises:
        Complaint: The roster cannot be read, or the data directory cannot be used.
    """
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise unusable_data_dir(settings.data_dir) from None
    words = () if config is None else ("--config", str(config))
    mails = settings.data_dir / MAIL_FOLDER
    registry = EmbeddedRegistry(program, settings.data_dir, words, mails)
    closing.callback(registry.stop)
    if roster is None:
        sample = settings.data_dir / "amostra.csv"
        write_sample(sample, people=SAMPLE_PEOPLE, seed=SAMPLE_SEED)
        registry.import_roster(sample)
        guide = _guide()
    else:
        told = registry.import_roster(roster)
        guide = f"DEMONSTRAÇÃO com as pessoas de {roster}\n{told}"
    # Nobody is asked who is to keep the key: it lies beside the data, and goes with them.
    demo = settings.model_copy(update={"key_custody": "demo", "key_file": None})
    address = registry.start()
    front_desk = bootstrap.open_front_desk(demo, address, registry.code)
    # Nobody is invited to what then cannot be opened.
    _say(
        guide,
        f"Os e-mails não são enviados: cada um fica num arquivo .eml em {mails}",
        "Feche a janela para terminar; o cadastro de demonstração termina com ela.",
    )
    return front_desk


def _guide() -> str:
    lines = ["DEMONSTRAÇÃO: pessoas de amostra para experimentar", ""]
    for person in demo_people():
        lines.append(f"  {person.words}")
        lines.append("    " + " · ".join(f"{name} {value}" for name, value in person.shown_data))
    return "\n".join([*lines, ""])


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201
