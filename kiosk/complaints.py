"""The one way in which a command says that the person who typed it can put it right."""

from pathlib import Path


class Complaint(Exception):
    """Ends a command with one line on standard error and a non-zero exit, never a traceback.

    Args:
        message: One line of pt-BR that says what happened and what to do.
        exit_code: 2 where the words of the command are wrong, 1 where the world is.
    """

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def unusable_data_dir(data_dir: Path) -> Complaint:
    """Return what is said of a data directory that cannot be made, read or written."""
    return Complaint(
        f"A pasta de dados {data_dir} não pode ser usada. Confira se ela existe, se há espaço e se "
        "este usuário pode escrever nela, ou indique outra com --data."
    )


class NotEnrolled(Complaint):
    """This machine is not a device of any registry yet."""

    def __init__(self) -> None:
        super().__init__(
            "Esta máquina ainda não está inscrita no cadastro central. Peça um código a quem o "
            "administra (registry devices enrol-code) e use: main.py enrol --registry https://… "
            "--key-custody keyring (ou systemd, ou file)"
        )
