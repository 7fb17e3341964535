import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtGui import QImage

from ui.tour.journeys import all_steps


def test_the_tour_passes_and_shows_every_step(program: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(program), "tour", str(tmp_path / "tour")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = list(all_steps())
    rows = done.stdout.splitlines()
    assert [" ok " in row for row in rows] == [True] * len(steps)
    pictures = sorted((tmp_path / "tour").glob("*.png"))
    assert len(pictures) == len(steps)
    for picture in pictures:
        image = QImage(str(picture))
        assert (image.width(), image.height()) == (1280, 800)
        colours = {image.pixel(x, y) for x in range(0, 1280, 64) for y in range(0, 800, 40)}
        assert len(colours) > 2, f"{picture.name} is blank"
