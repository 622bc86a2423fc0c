import signal
from pathlib import Path

import pytest

from napari_faseg.models import FASegNet
from napari_faseg.training.board import Board
from napari_faseg.training.fitting import Report
from tests.models.networks import tiny_preset

pytestmark = pytest.mark.usefixtures("answered")

REPORT = Report(
    step=1,
    losses={"focal": 0.5},
    loss=0.5,
    iou=0.7,
    learning_rates=(1e-3,),
    n_clicks=3,
    images_per_second=2.0,
    seconds=1.0,
    progress=0.1,
    scores=None,
    n_skipped=0,
    average=FASegNet(preset=tiny_preset()),
)
NAMES = {"loss/focal", "loss", "IoU", "images_per_second", "learning_rate/0"}


class Writer:
    """In place of TensorBoard's; Ctrl+C is pressed in the middle of whatever it does first."""

    def __init__(self, *_: object, **__: object) -> None:
        self.written: set[str] = set()
        self.is_closed = False

    def add_scalar(self, name: str, value: float, step: int) -> None:
        if not self.written:
            signal.raise_signal(signal.SIGINT)
        self.written.add(name)

    def close(self) -> None:
        signal.raise_signal(signal.SIGINT)
        self.is_closed = True


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Board:
    made = Board(tmp_path / "course")
    monkeypatch.setattr(made._module, "SummaryWriter", Writer)
    return made


def test_ctrl_c_comes_after_all_numbers_of_a_step_are_written(board: Board) -> None:
    with pytest.raises(KeyboardInterrupt):
        board.add(REPORT)
    assert board._writer.written == NAMES


def test_ctrl_c_comes_after_everything_is_on_the_disk(board: Board) -> None:
    with pytest.raises(KeyboardInterrupt):
        board.add(REPORT)
    with pytest.raises(KeyboardInterrupt):
        board.close()
    assert board._writer.is_closed
