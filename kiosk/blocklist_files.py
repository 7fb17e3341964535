"""The shipped list of common passwords."""

from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.domain.blocklists import Blocklist

SHIPPED = Path(__file__).resolve().parents[1] / "resources" / "passwords" / "common.txt"


def load_blocklist(file: Path = SHIPPED) -> Blocklist:
    """Read the list. It is read whole: an update that overwrites it cannot pull it from under us.

    Raises:
        Complaint: It is missing or damaged.
    """
    try:
        return Blocklist(file.read_bytes())
    except (OSError, ValueError) as error:
        raise Complaint(
            "A lista de senhas comuns falta ou está danificada. Instale o programa de novo."
        ) from error
