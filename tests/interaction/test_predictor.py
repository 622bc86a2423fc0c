import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.steadiness import steadied
from napari_faseg.interaction.tensors import choose_device
from napari_faseg.interaction.windows import ZoomIn
from napari_faseg.models import FASegNet, save_model
from tests.fake_scene import SceneFeatures, SceneNet
from tests.models.networks import tiny_network

IMAGE = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
A, B = Click(20, 30), Click(40, 50, positive=False)


def predictor(net: SceneNet | None = None, **options: Any) -> NetPredictor:
    return NetPredictor(net or SceneNet(15), **{"device": "cpu", "connected": False, **options})


@pytest.mark.parametrize("options", [{}, {"flip": True}, {"mode": "once"}, {"max_side": 40}])
@pytest.mark.parametrize("n_clicks", [0, 1, 2, 100])
def test_the_answer_is_a_probability_of_the_size_of_the_image(
    options: dict[str, Any], n_clicks: int
) -> None:
    asked = predictor(**options)
    asked.set_image(IMAGE)
    clicks = [Click(i % 60, i % 80, positive=i % 2 == 0) for i in range(n_clicks)]
    probability = asked.predict(clicks, None)
    assert probability.shape == (60, 80)
    assert probability.dtype == np.float32
    assert 0 <= probability.min() <= probability.max() <= 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 1, 3), (37, 53), (1, 200), (300, 2, 4)])
@pytest.mark.parametrize("mode", ["look", "zoom", "once"])
def test_any_size_of_image_works(shape: tuple[int, ...], mode: str) -> None:
    session = ClickSession(predictor(mode=mode, flip=True, max_side=128))
    session.set_image(np.arange(np.prod(shape), dtype=np.uint16).reshape(shape))
    for _ in range(3):
        session.add_click(Click(0, 0))
    assert session.mask[0, 0]


def test_the_image_is_encoded_once() -> None:
    net = SceneNet()
    asked = predictor(net, mode="once")
    asked.set_image(IMAGE)
    asked.predict([A], None)
    asked.predict([A, B], np.zeros((60, 80), np.float32))
    asked.coarse()
    assert net.encoded == [(1, 3, 60, 80)]


def test_a_window_is_encoded_when_it_changes_and_the_whole_image_is_kept() -> None:
    net = SceneNet(15)
    zoom = ZoomIn(target=64, shortest_side=30)
    session = ClickSession(predictor(net, mode="zoom", zoom=zoom))
    session.set_image(IMAGE)
    session.add_click(A)
    session.add_click(B)
    n_encoded = len(net.encoded)
    assert n_encoded == 2
    assert max(net.encoded[1][2:]) == 64
    session.undo()
    session.add_click(B)
    session.undo()
    session.undo()
    session.add_click(B)
    assert len(net.encoded) == n_encoded


def test_a_window_leaves_the_rest_of_the_image_alone() -> None:
    zoom = ZoomIn(target=64, shortest_side=20)
    session = ClickSession(predictor(SceneNet(5), mode="zoom", zoom=zoom))
    session.set_image(IMAGE)
    session.add_click(A)
    assert session.probability[50, 70] > 0
    session.add_click(B)
    assert session.probability[50, 70] == 0
    assert session.probability[20, 30] > 0.5


@pytest.mark.parametrize("mode", ["look", "zoom", "once"])
def test_the_third_click_leaves_what_is_far_from_it_but_for_the_protocol(mode: Any) -> None:
    clicks, previous = [A, B, Click(3, 70)], np.full(IMAGE.shape[:2], 0.5, np.float32)
    answers = {}
    for steady in (True, False):
        asked = predictor(mode=mode, steady=steady, near=False)
        asked.set_image(IMAGE)
        answers[steady] = asked.predict(clicks, previous)
    expected = steadied(answers[False], previous, clicks) if mode != "zoom" else answers[False]
    np.testing.assert_array_equal(answers[True], expected)
    assert not np.array_equal(answers[False], steadied(answers[False], previous, clicks))


@pytest.mark.parametrize("mode", ["look", "once", "zoom"])
def test_a_second_click_that_is_contradicted_reaches_what_looks_like_it_only_in_mode_look(
    mode: Any,
) -> None:
    net = tiny_network()
    torch.nn.init.constant_(net.refinement.last.bias, -9)  # it finds nothing anywhere
    clicks = (Click(20, 20, True), Click(40, 40, True))
    sizes = []
    for alike in (True, False):
        clicked = NetPredictor(net, device="cpu", mode=mode, alike=alike)
        assert clicked.about["alike"] is (alike and mode == "look")
        clicked.set_image(np.full((64, 64, 3), 90, np.uint8))
        assert (clicked.predict(clicks[:1], None) > 0.5).sum() > 0
        sizes.append(int((clicked.predict(clicks, np.zeros((64, 64), np.float32)) > 0.5).sum()))
    assert sizes[0] > sizes[1] if mode == "look" else sizes[0] == sizes[1]
    assert not net.is_reaching


@pytest.mark.parametrize("mode", ["look", "zoom"])
def test_clicks_that_are_replayed_give_what_they_give_in_a_new_session_whatever_was_before(
    mode: Any,
) -> None:
    asked = predictor(SceneNet(15), mode=mode, zoom=ZoomIn(target=64, shortest_side=20))
    probabilities = []
    for detour in ((), (A, B)):
        session = ClickSession(asked)
        session.set_image(IMAGE)
        for click in detour:
            session.add_click(click)
        session.reset()
        session.replay((A, B, Click(22, 33)))
        probabilities.append(session.probability)
    np.testing.assert_array_equal(*probabilities)


def test_undone_clicks_leave_no_trace() -> None:
    def probability(*, with_detour: bool) -> np.ndarray:
        session = ClickSession(predictor(zoom=ZoomIn(target=64, shortest_side=20)))
        session.set_image(IMAGE)
        session.add_click(A)
        if with_detour:
            session.add_click(Click(55, 75))
            session.add_click(Click(2, 3))
            session.undo()
            session.undo()
        session.add_click(B)
        return session.probability

    np.testing.assert_array_equal(probability(with_detour=True), probability(with_detour=False))


def test_a_large_image_is_shrunk_before_it_is_encoded() -> None:
    net = SceneNet(8)
    asked = predictor(net, mode="once", max_side=40)
    asked.set_image(IMAGE)
    assert net.encoded == [(1, 3, 30, 40)]
    probability = asked.predict([A], None)
    row, column = np.unravel_index(probability.argmax(), probability.shape)
    assert abs(row - A.y) <= 2
    assert abs(column - A.x) <= 2


def test_max_side_none_never_shrinks() -> None:
    net = SceneNet()
    predictor(net, mode="once", max_side=None).set_image(np.zeros((3, 1500), np.uint8))
    assert net.encoded == [(1, 3, 3, 1500)]


def test_flip_averages_the_logits_of_image_and_mirror_image() -> None:
    class Sided(SceneNet):
        def segment(
            self, features: SceneFeatures, clicks: Tensor, previous: Tensor | None = None
        ) -> Tensor:
            logits = torch.zeros_like(features.image[:, :1])
            logits[0, :, :, 0], logits[1, :, :, 0] = 2, 4
            assert clicks[:, 0, 1].tolist() == [30, 80 - 30 - 1]
            assert previous is not None
            assert torch.equal(previous[1], previous[0].flip(-1))
            return logits

    asked = predictor(Sided(), mode="once", flip=True)
    asked.set_image(IMAGE)
    probability = asked.predict([A], np.random.default_rng(1).random((60, 80)))
    sigmoid = 1 / (1 + np.exp(-np.array([1.0, 0.0, 2.0])))
    np.testing.assert_allclose(probability[5, [0, 1, -1]], sigmoid, rtol=1e-6)


def test_coarse_is_what_the_network_says_without_a_click() -> None:
    asked = predictor(flip=True)
    asked.set_image(np.tile(np.array([0, 255], np.uint8), (4, 4)))
    sigmoid = 1 / (1 + np.exp(-np.array([-2, 2])))
    np.testing.assert_allclose(asked.coarse()[0, :2], sigmoid, rtol=1e-6)


def test_the_previous_probability_may_be_read_only() -> None:
    asked = predictor()
    asked.set_image(IMAGE)
    previous = asked.predict([A], None)
    previous.flags.writeable = False
    kept = previous.copy()
    asked.predict([A, B], previous)
    np.testing.assert_array_equal(previous, kept)


def test_the_times_are_those_of_the_last_encoding_and_prediction() -> None:
    asked = predictor()
    assert (asked.encode_seconds, asked.click_seconds) == (0, 0)
    asked.set_image(IMAGE)
    assert asked.encode_seconds > 0
    asked.predict([A], None)
    assert asked.click_seconds > 0


def test_a_prediction_without_an_image_is_refused() -> None:
    for ask in (lambda: predictor().predict([A], None), lambda: predictor().coarse()):
        with pytest.raises(RuntimeError, match="set an image first"):
            ask()


def test_what_does_not_fit_the_image_is_refused() -> None:
    asked = predictor()
    asked.set_image(IMAGE)
    with pytest.raises(ValueError, match=r"click \(60, 0\) lies outside the image of 60 x 80"):
        asked.predict([Click(60, 0)], None)
    with pytest.raises(ValueError, match=r"expected a previous probability of shape \(60, 80\)"):
        asked.predict([A], np.zeros((3, 3), np.float32))


@pytest.mark.parametrize("value", [np.nan, np.inf, -0.1, 1.1])
def test_a_previous_probability_that_is_none_is_refused(value: float) -> None:
    asked = predictor()
    asked.set_image(IMAGE)
    with pytest.raises(ValueError, match=r"expected a previous probability in \[0, 1\], got"):
        asked.predict([A], np.full((60, 80), value, np.float32))


@pytest.mark.parametrize("mode", ["look", "once"])
def test_rules_for_windows_that_are_none_are_refused(mode: Any) -> None:
    with pytest.raises(TypeError, match="expected a ZoomIn as zoom, got 400"):
        NetPredictor(SceneNet(), zoom=400, mode=mode)  # type: ignore[arg-type]


def test_an_image_that_is_none_leaves_the_one_before() -> None:
    asked = predictor()
    asked.set_image(IMAGE)
    with pytest.raises(ValueError, match="expected an"):
        asked.set_image(np.zeros((3, 4, 5, 6)))
    assert asked.predict([A], None).shape == (60, 80)


@pytest.mark.parametrize(
    "options", [{"mode": "twice"}, {"max_side": 0}, {"device": "abacus"}], ids=str
)
def test_options_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"expected (a|mode)"):
        NetPredictor(SceneNet(), **options)


def test_the_name_of_weights_in_place_of_a_network_is_told_where_it_belongs() -> None:
    with pytest.raises(TypeError, match=r"expected a FASegNet, got 'default': .*from_weights"):
        NetPredictor("default")  # type: ignore[arg-type]


def test_weights_that_are_not_there_are_refused() -> None:
    with pytest.raises(FileNotFoundError, match="nobody's weights"):
        NetPredictor.from_weights("nobody's weights")


def test_weights_are_loaded_from_a_file(tmp_path: Path) -> None:
    model = FASegNet().eval()
    save_model(model, tmp_path / "model.safetensors")
    loaded = NetPredictor.from_weights(
        tmp_path / "model.safetensors", device="cpu", mode="once", flip=True
    )
    loaded.set_image(IMAGE[:37, :53])
    assert loaded.predict([A], None).shape == (37, 53)
    assert loaded.mode == "once"


def test_a_device_is_found() -> None:
    assert NetPredictor(SceneNet()).device in {"cuda", "mps", "cpu"}
    assert choose_device("cpu").type == "cpu"


@pytest.mark.parametrize("name", ["xpu", "meta", "cuda:77"])
def test_a_device_that_torch_cannot_use_here_is_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match=f"expected a device that torch can use, got '{name}': "):
        choose_device(name)


def test_a_device_that_torch_was_built_without_is_refused_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def without(*size: int, device: object) -> None:
        raise AssertionError("Torch not compiled with CUDA enabled")

    monkeypatch.setattr("torch.zeros", without)
    with pytest.raises(ValueError, match="got 'cuda': Torch not compiled with CUDA enabled"):
        choose_device("cuda")


def test_two_threads_never_mix_two_images() -> None:
    asked = predictor(mode="once")
    images = [np.zeros((30, 40)), np.zeros((50, 20))]
    asked.set_image(images[0])
    shapes = set()

    def change_images() -> None:
        for i in range(50):
            asked.set_image(images[i % 2])

    thread = threading.Thread(target=change_images)
    thread.start()
    while thread.is_alive():
        shapes.add(asked.predict([Click(1, 1)], None).shape)
    thread.join()
    assert shapes <= {(30, 40), (50, 20)}
