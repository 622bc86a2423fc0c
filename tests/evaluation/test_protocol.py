from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from napari_faseg.datasets import Sample, SyntheticDataset
from napari_faseg.evaluation import evaluate, evaluate_objects
from napari_faseg.interaction import Click
from tests.fakes import DiscPredictor, discs


class Discs:
    """Discs of radius 3 on 30 x 40 pixels: one click of `DiscPredictor` finds each."""

    name = "discs"
    clicks = (Click(10, 10), Click(15, 20))

    def __len__(self) -> int:
        return len(self.clicks)

    def __getitem__(self, index: int) -> Sample:
        mask = discs([self.clicks[index]], (30, 40), 3) > 0.5
        return Sample(f"disc-{index}", np.zeros((30, 40), np.uint8), mask)

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


class ComplexFirst(Discs):
    """The first image has complex numbers, as some microscopes write them."""

    def __getitem__(self, index: int) -> Sample:
        sample = super().__getitem__(index)
        image = np.asarray(sample.image, np.uint8 if index else np.complex64)
        return replace(sample, image=image)


def test_an_image_of_numbers_that_are_not_real_is_left_out_where_that_is_wanted() -> None:
    with pytest.raises(TypeError, match="expected an image of real numbers"):
        list(evaluate_objects(DiscPredictor(3), ComplexFirst()))
    told: list[int] = []
    found = evaluate_objects(
        DiscPredictor(3), ComplexFirst(), on_broken=lambda index, error: told.append(index)
    )
    assert [result.index for result in found] == [1]
    assert told == [0]


@pytest.mark.parametrize("error", [ValueError("too  few\nchannels"), KeyError("mask"), OSError(5)])
@pytest.mark.parametrize("on_broken", [None, lambda _index, _error: pytest.fail("left out")])
def test_an_object_without_an_answer_ends_it_also_where_broken_ones_are_left_out(
    error: Exception, on_broken: Any
) -> None:
    class Silent(DiscPredictor):
        def predict(self, *_: object) -> Any:
            raise error

    with pytest.raises(RuntimeError, match="^no answer to the clicks on disc-0: ") as told:
        list(evaluate_objects(Silent(3), Discs(), on_broken=on_broken))
    assert told.value.__cause__ is error


def test_what_is_no_predictor_and_no_data_set_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="expected a predictor, .* got 'default'"):
        evaluate("default", Discs())  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a data set, .* got 'synthetic'"):
        evaluate(DiscPredictor(3), "synthetic")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a data set, .* got \\["):
        evaluate(DiscPredictor(3), list(Discs()))  # type: ignore[arg-type]


def test_clicking_stops_at_the_target() -> None:
    curves = evaluate(DiscPredictor(3), Discs())
    assert curves.noc(0.90) == 1
    assert [result.clicks for result in curves.results] == [(click,) for click in Discs.clicks]
    assert curves.results[0].ious == (1.0,)
    assert (curves.predictor, curves.dataset, curves.mode) == ("DiscPredictor", "discs", None)


@pytest.mark.parametrize("target", [None, 1.5])
def test_clicking_without_a_target_never_stops(target: float | None) -> None:
    curves = evaluate(DiscPredictor(3), Discs(), max_clicks=5, target=target)
    assert [len(result.ious) for result in curves.results] == [5, 5]
    assert curves.target is None


def test_clicking_stops_when_the_clicks_are_used_up() -> None:
    curves = evaluate(DiscPredictor(1), Discs(), max_clicks=3)
    assert [len(result.ious) for result in curves.results] == [3, 3]
    assert curves.failures(0.90) == 2
    assert curves.mean_iou(1) < curves.mean_iou(2)


def test_the_benchmark_threshold_is_049() -> None:
    predictor = DiscPredictor(3)
    predictor.predict = lambda clicks, previous: 0.495 * (discs(clicks, (30, 40), 3) > 0.5)  # type: ignore[method-assign]
    assert evaluate(predictor, Discs()).noc(0.90) == 1
    assert evaluate(predictor, Discs(), threshold=0.5).failures(0.90) == 2


def test_ignored_pixels_are_neither_clicked_nor_counted() -> None:
    mask = discs([Click(10, 10)], (30, 40), 3) > 0.5
    ignore = np.zeros((30, 40), bool)
    ignore[:, 10:] = True
    sample = Sample("half", np.zeros((30, 40), np.uint8), mask, ignore)
    (result,) = evaluate_objects(DiscPredictor(3), [sample], max_clicks=1)
    assert result.clicks[0].x < 10
    assert 0 < result.ious[0] < 1


def test_a_clicked_pixel_on_the_wrong_side_is_noticed() -> None:
    predictor = DiscPredictor(3)
    predictor.predict = lambda clicks, previous: np.zeros((30, 40), np.float32)  # type: ignore[method-assign]
    assert evaluate(predictor, Discs(), max_clicks=2).noic() == 2


def test_results_come_one_by_one() -> None:
    predictor = DiscPredictor(3)
    results = evaluate_objects(predictor, Discs())
    assert not predictor.calls
    assert next(results).name == "disc-0"
    assert len(predictor.calls) == 1


def test_the_synthetic_data_set_can_be_evaluated() -> None:
    curves = evaluate(DiscPredictor(12), SyntheticDataset(4), max_clicks=4)
    assert len(curves.results) == 4
    assert curves.seconds_per_click > 0


@pytest.mark.parametrize(
    "options", [{"max_clicks": 0}, {"workers": 0}, {"threshold": 1.0}, {"seed": -1}]
)
def test_options_out_of_range_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        evaluate(DiscPredictor(), Discs(), **options)  # type: ignore[arg-type]


def test_a_data_set_without_objects_is_refused_by_its_name() -> None:
    with pytest.raises(ValueError, match="at least one object in the data set synthetic, got none"):
        evaluate(DiscPredictor(), SyntheticDataset(0))
