"""Memory that runs out at each stage ends in a mask, and in one sentence."""

import gc
import weakref

import numpy as np
import pytest
import torch

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.sparing import SparingPredictor, is_out_of_memory, stages
from tests.fake_scene import SceneNet

IMAGE = np.random.default_rng(0).integers(0, 255, (60, 700, 3)).astype(np.uint8)
CLICK = Click(20, 300)
CUDA_IS_FULL = torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
MPS_IS_FULL = RuntimeError("MPS backend out of memory (MPS allocated: 5.55 GB)")
CPU_IS_FULL = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 B")

ONEDNN_IS_FULL = RuntimeError("could not create a primitive")


class Greedy(SceneNet):
    """Runs out of memory at each of the first few questions, and keeps an eye on what is left.

    Attributes
    ----------
    n_refusals : dict
        How often "encode" and "segment" raise, from now on.
    held : list of weakref
        To a tensor of each frame that raised.
    """

    def __init__(self, error: Exception, **n_refusals: int) -> None:
        super().__init__(60)
        self.error, self.n_refusals, self.held = error, n_refusals, []

    def encode(self, image):
        self._refuse("encode", torch.ones(3))
        return super().encode(image)

    def segment(self, features, clicks, previous=None):
        self._refuse("segment", torch.ones(3))
        return super().segment(features, clicks, previous)

    def _refuse(self, where, large):
        if self.n_refusals.get(where, 0) > 0:
            assert [ref for ref in self.held if ref() is not None] == [], "recovered too early"
            self.n_refusals[where] -= 1
            self.held.append(weakref.ref(large))
            raise type(self.error)(*self.error.args)


def sparing(network, monkeypatch, device="cuda"):
    """A predictor that believes in a device, and the (device, side) of each it has made."""
    made = []

    def make(name, side):
        made.append((name, side))
        return NetPredictor(network, device="cpu", max_side=side)

    monkeypatch.setattr(
        "napari_faseg.interaction.sparing.choose_device", lambda _: torch.device(device)
    )
    return SparingPredictor(make, device=device), made


ALL = [("cuda", 1024), ("cuda", 1024), ("cuda", 320), ("cpu", 1024), ("cpu", 320)]
NOTICES = [
    "",
    "The memory was full: it was cleared, and the work goes on.",
    "The memory was full: the image is looked at in 320 pixels, less sharply.",
    "The memory of cuda was full: the work goes on, slower, on the CPU.",
]


@pytest.mark.parametrize("error", [CUDA_IS_FULL, MPS_IS_FULL, CPU_IS_FULL, MemoryError()])
@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("where", ["encode", "segment"])
def test_memory_that_runs_out_ends_in_a_mask_and_one_sentence(where, n, error, monkeypatch):
    network = Greedy(error, **{where: n})
    predictor, made = sparing(network, monkeypatch)
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    session.add_click(CLICK)
    assert session.mask[20, 300]
    assert made == ALL[: n + 1]
    assert predictor.notice == NOTICES[n]
    assert predictor.device == ALL[n][0]
    assert predictor.about["max_side"] == ALL[n][1]
    gc.collect()
    assert [ref for ref in network.held if ref() is not None] == []


@pytest.fixture
def onednn():
    """Whether torch computes with oneDNN, in each moment; as before when the test has ended."""
    before, *_ = torch.backends.mkldnn.set_flags(_enabled=True)
    yield lambda: torch.backends.mkldnn.enabled
    torch.backends.mkldnn.set_flags(_enabled=before)


def test_where_onednn_was_short_of_memory_nothing_but_time_is_given_up(onednn, monkeypatch):
    network = Greedy(ONEDNN_IS_FULL, encode=1)
    predictor, made = sparing(network, monkeypatch, "cpu")
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    assert not onednn(), "it would fail on the same convolution again"
    session.add_click(CLICK)
    assert session.mask[20, 300]
    assert made == [("cpu", 1024), ("cpu", 1024)]
    assert predictor.notice == "The memory was full: the work goes on, slower until the next start."
    network.n_refusals["segment"] = 2
    session.add_click(CLICK)
    assert made[2:] == [("cpu", 1024), ("cpu", 320)]


def test_the_packaged_weights_answer_the_same_without_onednn(onednn):
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    predictor = NetPredictor.from_weights(device="cpu", mode="once")
    answers = []
    for is_used in (True, False):
        torch.backends.mkldnn.set_flags(_enabled=is_used)
        assert onednn() == is_used
        predictor.set_image(image)
        answers.append(predictor.predict([Click(20, 30)], None))
    np.testing.assert_allclose(*answers, atol=1e-4)


def test_what_was_given_up_stays_so(monkeypatch):
    network = Greedy(CUDA_IS_FULL, encode=2)
    predictor, made = sparing(network, monkeypatch)
    predictor.set_image(IMAGE)
    predictor.set_image(IMAGE)
    assert made == [*ALL[:3], ALL[2]]
    assert max(network.encoded[-1]) == 320


def test_looks_begin_again_where_memory_runs_out_between_them(monkeypatch):
    network = Greedy(CUDA_IS_FULL)
    predictor, made = sparing(network, monkeypatch)
    predictor.set_image(IMAGE)
    looks = predictor.looks([CLICK], None)
    assert not next(looks).is_last
    network.n_refusals["segment"] = 1
    rest = list(looks)
    assert [look.is_last for look in rest] == [False] * (len(rest) - 1) + [True]
    np.testing.assert_array_equal(rest[-1].probability, predictor.predict([CLICK], None))
    assert len(made) == 2


def test_where_nothing_is_left_to_give_up_the_best_answer_so_far_is_the_last(monkeypatch):
    network = Greedy(CUDA_IS_FULL)
    predictor, _ = sparing(network, monkeypatch)
    predictor.set_image(IMAGE)
    looks = predictor.looks([CLICK], None)
    first = next(looks)
    network.n_refusals["segment"] = len(ALL)
    [last] = looks
    assert (first.is_last, last.is_last) == (False, True)
    np.testing.assert_array_equal(last.probability, first.probability)
    assert predictor.predict([CLICK], None)[20, 300] > 0.5, "another try"


def test_where_nothing_is_left_to_give_up_there_is_one_sentence_and_later_another_try(monkeypatch):
    network = Greedy(CUDA_IS_FULL, segment=len(ALL))
    predictor, _ = sparing(network, monkeypatch)
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    with pytest.raises(MemoryError, match="there is not enough memory: close other programs"):
        session.add_click(CLICK)
    assert session.clicks == ()
    session.add_click(CLICK)
    assert session.mask[20, 300]


def test_other_errors_are_passed_on_and_change_nothing(monkeypatch):
    network = Greedy(RuntimeError("the weights are damaged"), segment=2)
    predictor, made = sparing(network, monkeypatch)
    predictor.set_image(IMAGE)
    with pytest.raises(RuntimeError, match="the weights are damaged"):
        predictor.predict([CLICK], None)
    with pytest.raises(RuntimeError, match="the weights are damaged"):
        list(predictor.looks([CLICK], None))
    assert (len(made), predictor.notice) == (1, "")
    with pytest.raises(ValueError, match="expected an"):
        predictor.set_image(np.zeros((2, 3, 4, 5)))
    assert predictor.predict([CLICK], None).shape == IMAGE.shape[:2]


@pytest.mark.parametrize(
    ("device", "side", "wanted"),
    [
        ("cuda", 1024, ALL),
        ("cpu", 1024, [("cpu", 1024), ("cpu", 1024), ("cpu", 320)]),
        ("cpu", 300, [("cpu", 300), ("cpu", 300)]),
        ("mps", None, [*[("mps", None)] * 2, ("mps", 320), ("cpu", None), ("cpu", 320)]),
    ],
)
def test_the_cpu_comes_last_and_nothing_is_enlarged(device, side, wanted):
    assert stages(device, side) == wanted


def test_an_error_about_something_else_is_not_about_memory():
    assert not is_out_of_memory(RuntimeError("expected a shape"))
    unknown = "could not create a primitive descriptor for a convolution forward primitive"
    assert not is_out_of_memory(RuntimeError(unknown))
    assert is_out_of_memory(ONEDNN_IS_FULL)
    assert is_out_of_memory(MPS_IS_FULL)


def test_the_packaged_weights_answer_as_without_it():
    image = np.random.default_rng(0).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    answers = []
    for kind in (NetPredictor, SparingPredictor):
        predictor = kind.from_weights(device="cpu", mode="once")
        predictor.set_image(image)
        answers.append(predictor.predict([Click(20, 30)], None))
    np.testing.assert_array_equal(*answers)
