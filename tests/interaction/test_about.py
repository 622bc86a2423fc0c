import hashlib
import json
from pathlib import Path

from napari_faseg.interaction import NetPredictor, ZoomIn
from napari_faseg.interaction.about import about_predictor
from napari_faseg.interaction.sparing import SparingPredictor
from napari_faseg.models import available_weights, export_weights
from tests.fake_scene import SceneNet


def test_a_predictor_says_which_weights_and_options_its_answers_depend_on() -> None:
    about = about_predictor(NetPredictor.from_weights(mode="zoom", zoom=ZoomIn(target=(448, 448))))
    [default] = [info for info in available_weights() if info.name == "default"]
    assert (about["kind"], about["weights"]) == ("NetPredictor", "default")
    assert about["sha256"] == default.sha256
    assert (about["mode"], about["flip"], about["zoom"]["target"]) == ("zoom", False, (448, 448))
    json.dumps(about)


def test_weights_of_a_file_are_known_by_their_content(tmp_path: Path) -> None:
    export_weights("default", tmp_path / "mine.safetensors")
    about = about_predictor(NetPredictor.from_weights(tmp_path / "mine.safetensors"))
    content = (tmp_path / "mine.safetensors").read_bytes()
    assert about["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_network_without_a_file_has_no_weights_to_name() -> None:
    assert "sha256" not in about_predictor(NetPredictor(SceneNet()))


def test_a_predictor_that_spares_memory_names_the_one_that_it_asks() -> None:
    sparing = SparingPredictor.from_weights(device="cpu")
    sparing.set_image([[0, 1], [2, 3]])
    about = about_predictor(sparing)
    assert (about["kind"], about["weights"], about["max_side"]) == ("NetPredictor", "default", 1024)
