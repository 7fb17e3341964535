"""The command that makes what kiosks know of each card: ``registry digests``."""

import typer

from kiosk.registry.command_options import (
    Config,
    Data,
    Database,
    no_people,
    refuse_missing,
    settings_of,
)


def digests_command(database: Database = None, data: Data = None, config: Config = None) -> None:
    """Make all digests that are missing, on all cores."""
    import os
    from concurrent.futures import ThreadPoolExecutor

    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import opened_database
    from kiosk.registry.digests import Digests, digest_key
    from kiosk.registry.keys import load_keys
    from kiosk.registry.standings import has_no_people

    _, url = settings_of(database, data, config)
    refuse_missing(url)
    with opened_database(url) as engine, ThreadPoolExecutor(os.cpu_count()) as pool:
        if has_no_people(engine):
            raise no_people(url)
        digests = Digests(engine, digest_key(load_keys(engine)), system_clock, pool.map)
        made, has_more = 0, True
        while has_more:
            filled = digests.fill()
            made, has_more = made + filled.made, filled.has_more
        count = digests.count()
    typer.echo(f"Cartões que os quiosques conferem sem linha: {count}")
    typer.echo(f"Calculados agora: {made}")
