"""Encrypting what an older version of this program kept in the clear."""

import logging
from dataclasses import replace
from pathlib import Path

from kiosk.complaints import Complaint
from kiosk.custody.choices import Choice, keep_choice
from kiosk.database.drivers import ERRORS
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import holds_nothing, looks_plain, opens_with
from kiosk.store.disks import is_disk_full
from kiosk.store.files import FILE_NAME as STORE_NAME
from kiosk.store.files import open_store
from kiosk.store.rewritings import NotTheSame, rewrite_all

_log = logging.getLogger(__name__)


def convert(data_dir: Path, choice: Choice, key: StoreKey) -> Choice:
    """Encrypt the store of a data directory, its backups and its copy of the registry's word.

    A kill at any moment leaves the next start to go on. The plain file goes when the encrypted one,
    checked against it, is on disk in its place.

    Args:
        data_dir: The data directory, open in no program.
        choice: Whose conversion is under way.
        key: The new key, which is in custody.

    Returns:
        The choice, with nothing left to convert.

    Raises:
        Complaint: There is no room, or the result is not what it was made from. The plain store is
            as it was.
    """
    store = data_dir / STORE_NAME
    if holds_nothing(store) or not opens_with(store, key):
        if not (holds_nothing(store) or looks_plain(store)):
            raise store_of_another_key(store)
        # Put right and brought up to date as it is, so that nothing is left in its log.
        open_store(data_dir).dispose()
    try:
        rewrite_all(data_dir, None, key)
    except (OSError, NotTheSame, *ERRORS) as error:
        if is_disk_full(error):
            raise Complaint(
                f"Não há espaço no disco para cifrar os dados em {data_dir}. Libere espaço e abra "
                "o programa de novo; nada foi apagado."
            ) from None
        _log.error("conversion_stumbled", extra={"error": error})
        raise Complaint(
            f"Os dados em {data_dir} não puderam ser cifrados. Nada foi apagado; guarde esta pasta "
            "e chame a equipe de operação."
        ) from None
    choice = replace(choice, is_converting=False)
    keep_choice(data_dir, choice)
    _log.info("store_encrypted")
    return choice


def store_of_another_key(store: Path) -> Complaint:
    """Return what is said of a store of which no page was written under this device's key."""
    return Complaint(
        f"O arquivo {store} não abre com a chave desta máquina: nenhuma página dele foi escrita "
        "com ela. Nada foi tocado. Ponha de volta o arquivo certo ou a chave dele; se ele se "
        "perdeu, tire-o da pasta e o programa se recupera de backups."
    )
