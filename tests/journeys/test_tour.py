import os
import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest
from PySide6.QtGui import QImage

from ui.tour.journeys import Step
from ui.tour.tours import run_tour, steps_of


@pytest.mark.parametrize(
    # The desk goes through every step of the kiosk, and then through its own.
    "face",
    ["desk", pytest.param("kiosk", marks=pytest.mark.soak)],
)
def test_the_tour_passes_and_shows_every_step(
    program: Path, tmp_path: Path, face: Literal["kiosk", "desk"]
) -> None:
    done = subprocess.run(
        [sys.executable, str(program), "tour", str(tmp_path / "tour"), "--face", face],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONUTF8": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    steps = list(steps_of(face))
    rows = done.stdout.splitlines()
    assert [" ok " in row for row in rows] == [True] * len(steps)
    pictures = sorted((tmp_path / "tour").glob("*.png"))
    assert len(pictures) == len(steps)
    for picture in pictures:
        image = QImage(str(picture))
        assert (image.width(), image.height()) == (1280, 800)
        colours = {image.pixel(x, y) for x in range(0, 1280, 64) for y in range(0, 800, 40)}
        assert len(colours) > 2, f"{picture.name} is blank"


@pytest.mark.usefixtures("qapp")
def test_a_step_that_does_not_do_what_it_says_ends_the_tour_and_fails(
    program: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = [
        Step("bom", "Faz o que diz", lambda stage: stage.wait_for_screen("startScreen")),
        Step("ruim", "Não faz o que diz", lambda stage: stage.expect("palavras que não há")),
        Step("depois", "Não chega a ser feito", lambda stage: None),
    ]
    monkeypatch.setattr("ui.tour.tours.all_steps", lambda: iter(steps))
    assert run_tour(program, tmp_path) == 1
    said = capsys.readouterr().out.splitlines()
    assert [" ok " in row for row in said] == [True, False]
    assert "FALHOU" in said[1]
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["01-bom.png", "02-ruim.png"]
