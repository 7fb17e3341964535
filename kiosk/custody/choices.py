"""What was chosen for a data directory: who keeps its key, and by what the right key is known.

It lies in the data directory and holds no secret. Without it nothing is guessed.
"""

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import assert_never

import platformdirs

from kiosk.complaints import Complaint
from kiosk.custody.credentials import CREDENTIAL, SystemdCredential
from kiosk.custody.custodies import Custody, CustodyKind
from kiosk.custody.key_files import KeyFile
from kiosk.custody.keyrings import SystemKeyring
from kiosk.database.files import create_private, sync_folder
from kiosk.domain.custody_kinds import OFFERED
from kiosk.settings import Settings

FILE_NAME = "store-key.json"
DEMO_KEY = "demo-store.key"
_HALF = f"{FILE_NAME}.part"
_APP = "kiosk-pas"
_OWNER_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Wish:
    """What the settings say of the custody.

    Attributes:
        kind: Who is to keep the key.
        file: Where, for a key file; None for a place of this user's own.
    """

    kind: CustodyKind
    file: Path | None = None


def wish_of(settings: Settings) -> Wish | None:
    """Return what the settings say of the custody of the key; None where they say nothing."""
    if settings.key_custody is None:
        return None
    return Wish(CustodyKind(settings.key_custody), settings.key_file)


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen.

    Attributes:
        kind: Who keeps the key.
        place: The file, or the name under which it is kept.
        owner: Names the data directory to the custody.
        check: By which the right key is known; None until there is one.
        next: The same of the key that is taking its place; None where none is.
        is_converting: Files of this directory are still to be encrypted.
    """

    kind: CustodyKind
    place: str
    owner: str
    check: str | None = None
    next: str | None = None
    is_converting: bool = False

    def custody(self, data_dir: Path) -> Custody:
        """Return who keeps the key of a data directory."""
        match self.kind:
            case CustodyKind.KEYRING:
                return SystemKeyring(self.place)
            case CustodyKind.SYSTEMD:
                return SystemdCredential()
            case CustodyKind.FILE:
                return KeyFile(Path(self.place), self.owner, outside=data_dir)
            case CustodyKind.DEMO:
                return KeyFile(data_dir / DEMO_KEY, self.owner, outside=None)


def chosen_for(data_dir: Path, wish: Wish) -> Choice:
    """Return the choice that a wish makes for a data directory; nothing is written yet."""
    owner = sha256(os.fsencode(data_dir.resolve())).hexdigest()[:_OWNER_CHARACTERS]
    match wish.kind:
        case CustodyKind.KEYRING:
            place = f"store-{owner}"
        case CustodyKind.SYSTEMD:
            place = CREDENTIAL
        case CustodyKind.FILE:
            own = platformdirs.user_config_path(_APP, appauthor=False) / f"store-{owner}.key"
            place = str((wish.file or own).absolute())
        case CustodyKind.DEMO:
            place = DEMO_KEY
        case _:
            assert_never(wish.kind)
    return Choice(wish.kind, place, owner)


@dataclass(frozen=True, slots=True)
class Offer:
    """One who could keep the key, for whoever is to choose.

    Attributes:
        place: The file, or the name under which it would be kept.
        refusal: Why not; None where it works here.
    """

    kind: CustodyKind
    place: str
    refusal: str | None


def offers(data_dir: Path, file: Path | None = None) -> tuple[Offer, ...]:
    """Return who could keep the key on this machine, and who not, and why.

    Args:
        data_dir: The data directory; it need not exist.
        file: Where a key file would be; None for a place of this user's own.
    """
    made = []
    for kind in OFFERED:
        choice = chosen_for(data_dir, Wish(kind, file))
        refusal = None
        try:
            kept = choice.custody(data_dir).load()
            if kind is CustodyKind.SYSTEMD and not kept:
                refusal = "O systemd entrega uma credencial vazia. Veja docs/keys.md."
        except Complaint as complaint:
            refusal = str(complaint)
        made.append(Offer(kind, choice.place, refusal))
    return tuple(made)


def usable_kinds(data_dir: Path) -> tuple[CustodyKind, ...]:
    """Return who could keep the key on this machine, for whoever is to choose.

    Args:
        data_dir: The data directory; it need not exist.
    """
    return tuple(one.kind for one in offers(data_dir) if one.refusal is None)


def load_choice(data_dir: Path) -> Choice | None:
    """Return what was chosen for a data directory, or None where nothing was.

    Raises:
        Complaint: What is there cannot be read.
    """
    path = data_dir / FILE_NAME
    try:
        told = json.loads(path.read_bytes())
        return _checked(Choice(**{**told, "kind": CustodyKind(told["kind"])}))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise Complaint(
            f"O arquivo {path}, que diz onde está a chave dos dados desta máquina, não pôde ser "
            "lido. Nada foi tocado: ponha-o de volta, ou tire-o e diga a custódia na "
            "configuração (key_custody)."
        ) from None


def _checked(choice: Choice) -> Choice:
    """Return a choice that was read.

    Raises:
        ValueError: The disk has made something else of a part of it.
    """
    texts = [choice.place, choice.owner]
    texts += [one for one in (choice.check, choice.next) if one is not None]
    if not all(isinstance(one, str) for one in texts) or choice.is_converting not in (True, False):
        raise ValueError("not of its kind")
    if b"\0" in os.fsencode(choice.place):
        raise ValueError("no place")
    return choice


def discard_half(data_dir: Path) -> None:
    """Remove what a killed program left half-written of a choice."""
    (data_dir / _HALF).unlink(missing_ok=True)


def keep_choice(data_dir: Path, choice: Choice) -> None:
    """Write what was chosen, whole or not at all.

    Raises:
        OSError: It cannot be written.
    """
    path = data_dir / FILE_NAME
    part = data_dir / _HALF
    discard_half(data_dir)
    with create_private(part) as file:
        file.write(json.dumps(asdict(choice)).encode())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(data_dir)
