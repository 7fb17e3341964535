"""What holds for every test: an unexpected warning in the log is a failure."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

PROGRAM = Path(__file__).parents[1] / "main.py"

# No test needs a screen; whoever wants to watch one names a platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# How long an example takes is a matter of what else the machine has to do.
settings.register_profile(
    "busy", parent=settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("busy")


@pytest.fixture(autouse=True)
def _no_unexpected_logs(
    caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> Iterator[None]:
    yield
    if "expected_stumbles" in request.fixturenames:
        return
    for phase in ("setup", "call"):
        unexpected = [
            record
            for record in caplog.get_records(phase)
            if record.levelno >= logging.WARNING and record.name.split(".")[0] in ("kiosk", "ui")
        ]
        assert not unexpected, [record.getMessage() for record in unexpected]


@pytest.fixture(scope="session")
def migrated_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty store, migrated once for all tests that are about something else."""
    from kiosk.store.files import FILE_NAME, open_store

    folder = tmp_path_factory.mktemp("store")
    open_store(folder).dispose()
    return folder / FILE_NAME


@pytest.fixture(scope="session")
def migrated_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an empty registry, migrated once like that, with keys in it."""
    from kiosk.registry.databases import FILE_NAME, default_url, open_database
    from kiosk.registry.keys import load_keys

    folder = tmp_path_factory.mktemp("registry")
    engine = open_database(default_url(folder))
    load_keys(engine)
    engine.dispose()
    return folder / FILE_NAME


@pytest.fixture(scope="session")
def filled_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry's data directory with the sample people, imported once."""
    from kiosk.embedded_registries import EmbeddedRegistry
    from kiosk.registry.clocks import system_clock
    from kiosk.registry.databases import default_url, open_database
    from kiosk.registry.digests import Digests, digest_key
    from kiosk.registry.keys import load_keys
    from kiosk.registry.samples import write_sample
    from tests.seals import use_the_tests_key

    folder = tmp_path_factory.mktemp("filled")
    roster = folder / "sample.csv"
    write_sample(roster, people=40, seed=7)
    EmbeddedRegistry(PROGRAM, folder).import_roster(roster)
    engine = open_database(default_url(folder))
    use_the_tests_key(engine)
    # Once, and not in each process that serves a copy of it.
    digests = Digests(engine, digest_key(load_keys(engine)), system_clock)
    while digests.fill().has_more:
        pass
    engine.dispose()
    return folder


@pytest.fixture
def expected_stumbles() -> None:
    """Ask for this where a warning or an error in the log is what the test provokes."""
