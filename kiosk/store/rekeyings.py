"""Putting another key in the place of the present one.

Both are in custody until the last file has the new one, and the choice says that this is under way:
a kill at any moment leaves files that open with the one or the other, and the next start goes on.
"""

import logging
from dataclasses import replace
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.custody.choices import Choice, keep_choice
from kiosk.database.drivers import ERRORS
from kiosk.database.keys import StoreKey
from kiosk.store.disks import is_disk_full
from kiosk.store.files import open_store
from kiosk.store.quarantines import FOLDER as QUARANTINE
from kiosk.store.rewritings import NotTheSame, rewrite_all

_log = logging.getLogger(__name__)


def rekey(data_dir: Path, choice: Choice, old: StoreKey, new: StoreKey) -> Choice:
    """Put everything in a data directory under a new key.

    Args:
        data_dir: The data directory, held by this program, open in none.
        choice: The present one.
        old: The present key.
        new: The one that takes its place, not yet in custody.

    Returns:
        The choice afterwards.

    Raises:
        Complaint: The custody does not take it, or there is no room.
    """
    # Put right and folded: what is rewritten then is whole, and has nothing beside it.
    open_store(data_dir, old).dispose()
    choice.custody(data_dir).keep((old, new))
    choice = replace(choice, next=new.check)
    keep_choice(data_dir, choice)
    return finish_rekeying(data_dir, choice, old, new)


def finish_rekeying(data_dir: Path, choice: Choice, old: StoreKey, new: StoreKey) -> Choice:
    """Do what is left of a change of keys; both are in custody.

    Args:
        data_dir: As for ``rekey``.
        choice: Which says that the change is under way.
        old: The key that goes.
        new: The key that stays.
    """
    try:
        rewrite_all(data_dir, old, new)
    except (OSError, NotTheSame, *ERRORS) as error:
        _log.error("rekeying_stumbled", extra={"error": error})
        if is_disk_full(error):
            raise Complaint(
                f"Não há espaço no disco para trocar a chave dos dados em {data_dir}. Libere "
                "espaço e abra o programa de novo; as duas chaves continuam guardadas."
            ) from None
        raise Complaint(
            f"A troca da chave dos dados em {data_dir} não terminou. As duas chaves continuam "
            "guardadas e nada foi apagado; chame a equipe de operação."
        ) from None
    choice = replace(choice, check=new.check, next=None)
    keep_choice(data_dir, choice)
    choice.custody(data_dir).keep((new,))
    _log.info("store_key_changed")
    return choice


def has_quarantine(data_dir: Path) -> bool:
    """Tell whether there are damaged files, which no change of keys can write anew."""
    folder = data_dir / QUARANTINE
    return folder.is_dir() and any(folder.iterdir())
