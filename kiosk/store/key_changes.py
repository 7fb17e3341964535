"""Changing the key of a data directory at the command of whoever keeps it."""

from dataclasses import replace
from pathlib import Path

from kiosk.complaints import Complaint, unusable_data_dir
from kiosk.custody.choices import Choice, Wish, chosen_for, load_choice
from kiosk.custody.custodies import CustodyKind
from kiosk.database.keys import StoreKey
from kiosk.store.files import open_store
from kiosk.store.holds import DataDirHold
from kiosk.store.rekeyings import has_quarantine, rekey
from kiosk.store.unlockings import unlock

_OFFERED = (CustodyKind.KEYRING, CustodyKind.SYSTEMD, CustodyKind.FILE)


def change_key(
    data_dir: Path, custody: str | None, key_file: Path | None, *, leave_quarantine: bool
) -> Choice:
    """Put everything in a data directory under a new key, in the same custody or in another.

    Args:
        data_dir: The data directory.
        custody: Who is to keep the new key; None for who keeps the present one.
        key_file: Where, for a key file.
        leave_quarantine: Damaged files stay under the present key, which this program then forgets.

    Returns:
        What is chosen afterwards.

    Raises:
        Complaint: A program runs, the present key cannot be had, the custody does not take the new
            one, or there are damaged files.
    """
    if custody is not None and custody not in _OFFERED:
        raise Complaint("A custódia é keyring, systemd ou file.", 2)
    if not data_dir.is_dir() or load_choice(data_dir) is None:
        raise Complaint(
            f"Em {data_dir} não há dados cifrados. Confira a pasta dos dados desta máquina com "
            "--data.",
            2,
        )
    hold = DataDirHold(data_dir)
    try:
        old = unlock(data_dir, None)
        present = load_choice(data_dir)
        if present is None:
            raise AssertionError
        # Before that look: a store that is found damaged now is set aside under the present key.
        open_store(data_dir, old).dispose()
        if has_quarantine(data_dir) and not leave_quarantine:
            raise Complaint(
                f"Há arquivos danificados em {data_dir / 'quarantine'}, que só abrem com a chave "
                "atual. Leve-os daí, com a chave, para quem os examina, ou troque com "
                "--leave-quarantine."
            )
        wanted = _wanted(data_dir, present, custody, key_file)
        return rekey(data_dir, wanted, old, _new_key(data_dir, wanted, old))
    except OSError:
        raise unusable_data_dir(data_dir) from None
    finally:
        hold.close()


def _wanted(data_dir: Path, present: Choice, custody: str | None, key_file: Path | None) -> Choice:
    if custody is None and key_file is None:
        return present
    kind = CustodyKind(custody) if custody else CustodyKind.FILE
    chosen = chosen_for(data_dir, Wish(kind, key_file))
    return replace(chosen, owner=present.owner, check=present.check)


def _new_key(data_dir: Path, wanted: Choice, old: StoreKey) -> StoreKey:
    if wanted.kind is not CustodyKind.SYSTEMD:
        return StoreKey.draw()
    others = [one for one in wanted.custody(data_dir).load() if one != old]
    if len(others) != 1:
        raise Complaint(
            "Com o systemd, a credencial tem de trazer a chave atual e, na linha seguinte, a nova "
            "(main.py store-key new). Acrescente-a como em docs/keys.md e repita."
        )
    return others[0]
