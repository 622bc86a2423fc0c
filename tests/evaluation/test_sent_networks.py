"""Networks in processes of their own; other tests of these do not wait for torch."""

import pickle

import numpy as np
import pytest
import torch

from napari_faseg.datasets import SyntheticDataset
from napari_faseg.evaluation import evaluate_objects
from napari_faseg.interaction import Click, NetPredictor
from tests.models.networks import tiny_network

SHAPES = SyntheticDataset(5)


def test_two_workers_give_exactly_the_numbers_of_one() -> None:
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        predictor = NetPredictor(tiny_network(), device="cpu")
        one, two = (
            [r.ious for r in evaluate_objects(predictor, SHAPES, max_clicks=2, workers=n)]
            for n in (1, 2)
        )
    finally:
        torch.set_num_threads(n_threads)
    assert one == two


def test_a_predictor_goes_to_another_process_without_its_image() -> None:
    predictor = NetPredictor(tiny_network(), device="cpu")
    predictor.set_image(np.zeros((20, 30), np.uint8))
    expected = predictor.predict([Click(5, 5)], None)
    sent = pickle.loads(pickle.dumps(predictor))
    with pytest.raises(RuntimeError, match="set an image first"):
        sent.predict([Click(5, 5)], None)
    sent.set_image(np.zeros((20, 30), np.uint8))
    np.testing.assert_array_equal(sent.predict([Click(5, 5)], None), expected)
