import json

import pytest

from napari_faseg.evaluation import Curves, ObjectResult
from napari_faseg.interaction import Click


def result(*ious: float, has_wrong_click: bool = False, seconds: float = 0.1) -> ObjectResult:
    return ObjectResult("x", ious, (Click(0, 0),) * len(ious), has_wrong_click, 1.0, seconds)


def curves(*results: ObjectResult, target: float | None = 0.9, max_clicks: int = 20) -> Curves:
    return Curves(results, max_clicks, target)


FOUR = curves(
    result(0.5, 0.86, 0.84, 0.91),
    result(0.95),
    result(*[0.2] * 20),
    result(*[0.3] * 19, 0.9),
)


@pytest.mark.parametrize(("target", "noc"), [(0.80, 10.75), (0.85, 10.75), (0.90, 11.25)])
def test_clicks_to_a_target_are_those_of_the_reference(target: float, noc: float) -> None:
    assert FOUR.noc(target) == noc


def test_the_usual_count_of_failures_has_success_at_the_last_click_too() -> None:
    assert [FOUR.failures_ref(target) for target in (0.80, 0.85, 0.90)] == [2, 2, 2]
    assert [FOUR.failures(target) for target in (0.80, 0.85, 0.90)] == [1, 1, 1]


def test_setbacks_are_the_clicks_that_lose_more_than_a_point() -> None:
    assert curves(result(0.5, 0.6, 0.58, 0.575, 0.9)).setbacks() == pytest.approx(1 / 4)
    assert curves(result(0.95)).setbacks() == 0


def test_a_target_beyond_the_stop_is_refused() -> None:
    for ask in (FOUR.noc, FOUR.failures, FOUR.failures_ref):
        with pytest.raises(ValueError, match=r"expected an IoU up to 0.9"):
            ask(0.95)
    assert curves(result(0.5, 0.96), target=None).noc(0.95) == 2


def test_an_object_that_stopped_counts_with_its_last_iou() -> None:
    both = curves(result(0.5, 0.7, 0.9), result(1.0), max_clicks=4)
    assert [both.mean_iou(n) for n in (1, 2, 3, 4)] == [0.75, 0.85, 0.95, 0.95]


@pytest.mark.parametrize("n_clicks", [0, 21])
def test_a_number_of_clicks_out_of_range_is_refused(n_clicks: int) -> None:
    with pytest.raises(ValueError, match="expected from 1 to 20 clicks"):
        FOUR.mean_iou(n_clicks)


def test_the_area_under_the_curve_comes_in_two_forms() -> None:
    auc = curves(result(0.2, 0.4, 0.9), target=None, max_clicks=3).auc()
    assert auc.mean == pytest.approx(0.5)
    assert auc.trapz == pytest.approx((0.3 + 0.65) / 2)
    assert curves(result(0.4), target=None, max_clicks=1).auc() == (0.4, 0.4)


def test_times_are_means_over_clicks_and_images() -> None:
    both = curves(result(0.1, 0.2, 0.3, seconds=0.1), result(0.95, seconds=0.5))
    assert both.seconds_per_click == pytest.approx(0.2)
    assert both.encode_seconds == 1


def test_objects_with_wrong_clicks_are_counted() -> None:
    assert curves(result(0.1), result(0.1, has_wrong_click=True)).noic() == 1


def test_no_results_are_refused() -> None:
    with pytest.raises(ValueError, match="expected the results of at least one object"):
        curves()


def test_the_numbers_are_json() -> None:
    numbers = json.loads(json.dumps(FOUR.to_dict()))
    expected = {"objects": 4, "noc80": 10.75, "noc90": 11.25, "nof90": 1, "nof90_ref": 2}
    assert expected.items() <= numbers.items()
    assert len(numbers["mean_iou"]) == 20
    assert {"noc85", "noic", "auc_mean", "auc_trapz", "seconds_per_click"} <= set(numbers)
    assert {"encode_seconds", "versions", "predictor", "dataset", "mode"} <= set(numbers)


def test_numbers_that_need_a_higher_target_are_null() -> None:
    numbers = curves(result(0.5, 0.85), target=0.85).to_dict()
    assert numbers["noc85"] == 2
    assert numbers["noc90"] is numbers["nof90"] is numbers["nof90_ref"] is None
