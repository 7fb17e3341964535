"""The demonstration: an own registry, people to try, and a front desk in front of them."""

from contextlib import ExitStack
from pathlib import Path

from kiosk import bootstrap
from kiosk.domain import cpfs
from kiosk.embedded_registries import EmbeddedRegistry
from kiosk.logs import start_log
from kiosk.registry.demonstrations import demo_people
from kiosk.registry.samples import write_sample
from kiosk.services.front_desk import FrontDesk
from kiosk.settings import Settings

SAMPLE_PEOPLE = 200
SAMPLE_SEED = 2024


def open_demonstration(
    program: Path, settings: Settings, roster: Path | None, closing: ExitStack
) -> FrontDesk:
    """Start a registry process with people in it, and open the device in front of it.

    Args:
        program: Path of ``main.py``.
        settings: Whose data directory holds both databases.
        roster: A roster file, or None for the sample.
        closing: Ends the registry when the window is gone.

    Raises:
        Complaint: The roster cannot be read, or the data directory cannot be used.
    """
    start_log(settings.data_dir, "device")
    registry = EmbeddedRegistry(program, settings.data_dir)
    closing.callback(registry.stop)
    if roster is None:
        roster = settings.data_dir / "amostra.csv"
        write_sample(roster, people=SAMPLE_PEOPLE, seed=SAMPLE_SEED)
        print(_guide(), flush=True)  # noqa: T201
    registry.import_roster(roster)
    return bootstrap.open_front_desk(settings, registry.start())


def _guide() -> str:
    lines = ["DEMONSTRAÇÃO: pessoas de amostra para experimentar", ""]
    for person in demo_people():
        data = {
            "cartão": person.card_number,
            "CPF": "não possui" if person.cpf is None else cpfs.format_partial(person.cpf),
            "nascimento": person.birth_date.strftime("%d/%m/%Y"),
            "e-mail": person.email,
            "senha": person.password,
        }
        lines.append(f"  {person.words}")
        lines.append(
            "    " + " · ".join(f"{name} {value}" for name, value in data.items() if value)
        )
    lines += ["", "Feche a janela para terminar; o cadastro de demonstração termina com ela."]
    return "\n".join(lines)
