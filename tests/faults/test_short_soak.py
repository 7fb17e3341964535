"""The soak's short form: two machines, a few kills, every fault the seed brings up."""

from pathlib import Path

from tests.faults.reports import summary
from tests.faults.soaks import Size, Soak

SIZE = Size(desks=1, kiosks=1, people=40, seconds=3.0, kills=8, pace=0.1, patience=60.0)


def test_nothing_is_missed(tmp_path: Path) -> None:
    story = Soak(tmp_path, SIZE, seed=5, tell=lambda _line: None).run()
    assert list(story.misses.lines()) == []
    assert sum(story.kills.values()) >= SIZE.kills
    assert story.totals.acknowledged > 0
    assert sum(story.totals.decided.values()) > 0
    assert sum(story.faults.values()) > 0
    told = "\n".join(summary(story))
    assert "um balcão, um quiosque" in told
    assert "perdidas 0, dobradas 0, fora de ordem 0, presas 0" in told
