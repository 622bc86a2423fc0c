"""Memory that is not there is missed before the network begins, where that can be survived."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from napari_faseg.interaction import Click, NetPredictor, windowed
from napari_faseg.interaction.room import ANSWERING, ENCODING, make_room
from napari_faseg.interaction.sparing import is_out_of_memory
from napari_faseg.models import load_model
from tests.fake_scene import SceneNet

CPU = torch.device("cpu")
SIDE = 256
TOO_MUCH = 1 << 45  # bytes for each pixel


def test_memory_that_is_not_there_is_told_as_torch_does() -> None:
    with pytest.raises(RuntimeError) as raised:
        make_room(CPU, SIDE**2, TOO_MUCH)
    assert is_out_of_memory(raised.value)


def test_code_for_which_there_is_no_memory_is_told_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr("napari_faseg.interaction.room.mmap.mmap", full)
    with pytest.raises(MemoryError, match="no memory for the network") as raised:
        make_room(CPU, SIDE**2, ANSWERING)
    assert is_out_of_memory(raised.value)


def test_other_devices_are_not_asked() -> None:
    make_room(torch.device("cuda"), SIDE**2, TOO_MUCH)


class Counting(SceneNet):
    """Counts its answers."""

    n_answers = 0

    def segment(self, *asked):
        self.n_answers += 1
        return super().segment(*asked)


def test_a_network_for_which_there_is_no_memory_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = Counting(60)
    predictor = NetPredictor(network, device="cpu")
    image = np.zeros((60, 80, 3), np.uint8)
    with monkeypatch.context() as scarce:
        scarce.setattr(windowed, "ENCODING", TOO_MUCH)
        with pytest.raises(RuntimeError, match="memory"):
            predictor.set_image(image)
    assert network.encoded == []
    predictor.set_image(image)
    with monkeypatch.context() as scarce:
        scarce.setattr(windowed, "ANSWERING", TOO_MUCH)
        with pytest.raises(RuntimeError, match="memory"):
            predictor.predict([Click(3, 3)], None)
    assert network.n_answers == 0
    predictor.predict([Click(3, 3)], None)
    assert network.n_answers > 0


def test_the_packaged_network_needs_no_more_than_is_asked_for() -> None:
    network = load_model("default").for_inference()
    image, clicks = torch.rand(1, 3, SIDE, SIDE), torch.tensor([[[90.0, 80, 1], [10, 20, -1]]])
    with torch.inference_mode():
        features = network.encode(image)
        encoding = most_bytes(lambda: network.encode(image))
        answering = most_bytes(
            lambda: network.segment(features, clicks, torch.zeros(1, 1, SIDE, SIDE))
        )
    assert 0.5 * ENCODING < encoding / SIDE**2 < ENCODING
    assert 0.5 * ANSWERING < answering / SIDE**2 < ANSWERING


def most_bytes(work: Callable[[], object]) -> int:
    """Return how many bytes are in tensors at once while something is done."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
        work()
    events = watched.profiler.kineto_results.events()
    changes = [event.nbytes() for event in events if event.name() == "[memory]"]
    return int(np.cumsum(changes).max())
