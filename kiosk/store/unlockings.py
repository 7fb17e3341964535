"""Finding the key of a data directory before anything in it is opened, or refusing to go on.

To the driver, a file under another key looks just like one that is damaged. So the key is proven
first, by what was noted of it when it was chosen and by the pages of the store: only then may
anybody judge, put right or set aside a file. Where it cannot be proven nothing is made and nothing
is touched.
"""

import logging
from dataclasses import replace
from pathlib import Path

from kiosk.complaints import Complaint, unusable_data_dir
from kiosk.custody.choices import (
    Choice,
    Wish,
    chosen_for,
    discard_half,
    keep_choice,
    load_choice,
)
from kiosk.custody.custodies import CustodyKind
from kiosk.database.files import beside
from kiosk.database.keys import StoreKey
from kiosk.database.sealed_pages import (
    holds_nothing,
    is_plain,
    log_opens_with,
    looks_plain,
    opens_with,
)
from kiosk.store.backups import backups_of
from kiosk.store.conversions import convert, store_of_another_key
from kiosk.store.files import FILE_NAME as STORE_NAME
from kiosk.store.rekeyings import finish_rekeying

_log = logging.getLogger(__name__)


def unlock(data_dir: Path, wish: Wish | None) -> StoreKey:
    """Return the key of a data directory that this program holds; at the first start, make it.

    A store from before there were keys is encrypted now, and what a killed conversion or a killed
    change of keys left to do is done.

    Args:
        data_dir: The data directory; no program has a file of it open.
        wish: What the settings say; None where they say nothing, which is enough once there is a
            choice.

    Raises:
        Complaint: Nobody has chosen a custody, another one was chosen, it does not give the key, or
            the key is not that of the store; or the folder cannot be used.
    """
    try:
        discard_half(data_dir)
        choice = _choice(data_dir, wish)
        choice, key = _key(data_dir, choice)
        if choice.is_converting:
            choice = convert(data_dir, choice, key)
    except OSError:
        raise unusable_data_dir(data_dir) from None
    _refuse_another(data_dir, key)
    return key


def is_untouched(data_dir: Path) -> bool:
    """Tell whether a data directory was never used: no file of a device, and no key in custody."""
    files = (data_dir / STORE_NAME, *backups_of(data_dir))
    return not is_bound(data_dir) and not any(one.exists() for one in files)


def is_bound(data_dir: Path) -> bool:
    """Tell whether a custody has taken the key of a data directory, so that no other can."""
    choice = load_choice(data_dir)
    return choice is not None and choice.check is not None


def known_key(data_dir: Path) -> StoreKey | None:
    """Return the key of a data directory beside a program that may hold it; nothing is changed.

    Returns:
        None where nothing of it is encrypted yet.

    Raises:
        Complaint: The custody does not give the key, it is not that of the store, or this user
            cannot read the folder.
    """
    try:
        return _known_key(data_dir)
    except OSError:
        raise unusable_data_dir(data_dir) from None


def _known_key(data_dir: Path) -> StoreKey | None:
    choice = load_choice(data_dir)
    store = data_dir / STORE_NAME
    if choice is None or choice.check is None or (choice.is_converting and is_plain(store)):
        if choice is None and store.exists() and not (is_plain(store) or holds_nothing(store)):
            raise _without_choice(data_dir)
        return None
    kept = _kept(data_dir, choice)
    keys = [one for one in kept if one.check in (choice.check, choice.next)]
    if not keys:
        raise _wrong_key(data_dir, choice) if kept else _missing_key(data_dir, choice)
    if store.exists():
        # While keys are changed a file has the one or the other.
        keys.sort(key=lambda one: not opens_with(store, one))
    _refuse_another(data_dir, keys[0])
    return keys[0]


def _choice(data_dir: Path, wish: Wish | None) -> Choice:
    choice = load_choice(data_dir)
    if choice is not None and (wish is None or _fits(choice, wish)):
        return choice
    if choice is not None and choice.check is not None:
        raise Complaint(
            f"A chave dos dados em {data_dir} está sob a custódia “{choice.kind}” "
            f"({choice.place}), e a configuração pede outra. A custódia não muda sozinha: "
            "corrija key_custody e key_file, ou mude-a com “main.py rekey”."
        )
    # One whose custody never took a key binds nobody: another may be chosen, as it told them to.
    files = [data_dir / STORE_NAME, *backups_of(data_dir)]
    plain = [one for one in files if looks_plain(one)]
    encrypted = [one for one in files if one not in plain and not holds_nothing(one)]
    if wish is None:
        if encrypted:
            raise _without_choice(data_dir)
        raise nobody_chosen()
    choice = replace(chosen_for(data_dir, wish), is_converting=bool(plain))
    if encrypted:
        # What was chosen got lost: the settings name it again, and the files say whether rightly.
        found = [
            key
            for key in _kept(data_dir, choice)
            if any(opens_with(file, key) for file in encrypted)
        ]
        if not found:
            raise _without_choice(data_dir)
        choice = replace(choice, check=found[0].check)
    data_dir.mkdir(parents=True, exist_ok=True)
    keep_choice(data_dir, choice)
    return choice


def _key(data_dir: Path, choice: Choice) -> tuple[Choice, StoreKey]:
    custody = choice.custody(data_dir)
    keys = _kept(data_dir, choice)
    if choice.check is None:
        if not keys:
            custody.keep((StoreKey.draw(),))
            # What does not come back now would not come back tomorrow.
            keys = _kept(data_dir, choice)
            if not keys:
                raise _missing_key(data_dir, choice)
            _log.info("store_key_made", extra={"custody": choice.kind})
        choice = replace(choice, check=keys[0].check)
        keep_choice(data_dir, choice)
    if not keys:
        raise _missing_key(data_dir, choice)
    by_check = {one.check: one for one in keys}
    if choice.next is not None and {choice.check, choice.next} <= by_check.keys():
        old, new = by_check[str(choice.check)], by_check[choice.next]
        choice = finish_rekeying(data_dir, choice, old, new)
    key = by_check.get(str(choice.check))
    if key is None and choice.next is None:
        # The check value may be what is damaged; a page that opens is the better proof.
        store = data_dir / STORE_NAME
        key = next((one for one in keys if store.exists() and opens_with(store, one)), None)
        if key is not None:
            choice = replace(choice, check=key.check)
            keep_choice(data_dir, choice)
    if key is None:
        raise _wrong_key(data_dir, choice)
    if len(keys) > 1 and choice.next is None and choice.kind is not CustodyKind.SYSTEMD:
        # Drawn for a change that was killed before it began, or left by one that was at its end.
        custody.keep((key,))
    return choice, key


def _kept(data_dir: Path, choice: Choice) -> tuple[StoreKey, ...]:
    return choice.custody(data_dir).load()


def _fits(choice: Choice, wish: Wish) -> bool:
    is_other_file = (
        choice.kind is CustodyKind.FILE
        and wish.file is not None
        and str(wish.file.absolute()) != choice.place
    )
    return choice.kind is wish.kind and not is_other_file


def _refuse_another(data_dir: Path, key: StoreKey) -> None:
    """See that the store is not one of another key, which nobody must take for a damaged one."""
    store = data_dir / STORE_NAME
    if holds_nothing(store) or opens_with(store, key) or log_opens_with(beside(store, "-wal"), key):
        return
    if is_plain(store):
        raise Complaint(
            f"O arquivo {store} não está cifrado, e o desta máquina estava. Alguém o trocou: nada "
            "foi tocado. Ponha de volta o arquivo certo, ou tire este e o programa se recupera de "
            "backups."
        )
    raise store_of_another_key(store)


def _without_choice(data_dir: Path) -> Complaint:
    return Complaint(
        f"Os dados em {data_dir} estão cifrados e o arquivo store-key.json, que diz onde está a "
        "chave, não está ali. Nada foi tocado: ponha-o de volta, ou diga a custódia certa na "
        "configuração (key_custody, key_file)."
    )


def _missing_key(data_dir: Path, choice: Choice) -> Complaint:
    return Complaint(
        f"A chave dos dados em {data_dir} não está na custódia “{choice.kind}” ({choice.place}). "
        "Sem ela nada abre, e nada foi tocado nem criado: ponha a chave de volta. Se ela se "
        "perdeu, veja docs/keys.md."
    )


def _wrong_key(data_dir: Path, choice: Choice) -> Complaint:
    return Complaint(
        f"A chave na custódia “{choice.kind}” ({choice.place}) não é a dos dados em {data_dir}. "
        "Nada foi tocado: ponha de volta a chave certa."
    )


def nobody_chosen() -> Complaint:
    """Return what is said where the custody of a new machine's key was not chosen yet."""
    return Complaint(
        "Escolha quem guarda a chave que cifra os dados desta máquina: --key-custody ao "
        "inscrever, key_custody na configuração ou KIOSK_KEY_CUSTODY, com keyring, systemd ou "
        "file. Nada foi criado.",
        2,
    )
