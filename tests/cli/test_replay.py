import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import skimage.io
import tifffile
from typer.testing import CliRunner

from napari_faseg.cli import app
from napari_faseg.cli.replay import recorded_predictor
from napari_faseg.interaction import Click, ClickSession, NetPredictor
from napari_faseg.interaction.about import About
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.recorded_view import RecordedView
from napari_faseg.interaction.session_folder import StoredSession, read_session
from napari_faseg.interaction.stack_folder import StoredStack, save_stack
from tests.fakes import DiscPredictor, two_discs_image

IMAGE, LEFT = two_discs_image()
runner = CliRunner()


@pytest.fixture(scope="module")
def predictor() -> NetPredictor:
    return NetPredictor.from_weights(device="cpu")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    skimage.io.imsave(tmp_path / "image.png", IMAGE)
    return tmp_path / "image.png"


@pytest.fixture
def recorded(tmp_path: Path, file: Path, predictor: NetPredictor) -> Path:
    """A session of two objects, one of them corrected."""
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    session.record(tmp_path / "image.faseg", source=file)
    first = [Click(30, 25), Click(36, 27), Click(30, 80, positive=False)]
    for clicks in (first, [Click(30, 75)]):
        for click in clicks:
            session.add_click(click)
        session.commit()
    session.close()
    return tmp_path / "image.faseg"


def test_a_session_is_reproduced_pixel_by_pixel(recorded: Path) -> None:
    answer = runner.invoke(app, ["replay", str(recorded), "--device", "cpu"])
    assert answer.exit_code == 0, answer.output
    assert answer.output.splitlines()[-1] == "2 of 2 objects replayed: 0 of 6000 pixels differ"


def test_a_session_is_replayed_without_what_predictors_could_not_do_yet(recorded: Path) -> None:
    about = read_session(recorded).about
    used = about.facts["predictor"]
    later = ("steady", "near", "cascade", "afar", "exact", "alike")
    before = {name: option for name, option in used.items() if name not in later}
    older = replace(about, facts={**about.facts, "predictor": before})
    for name in later:
        found = [recorded_predictor(each, "cpu").about[name] for each in (about, older)]
        assert found == [True, False]


def test_a_session_with_another_click_is_not_reproduced(
    recorded: Path, predictor: NetPredictor
) -> None:
    session = ClickSession(predictor)
    session.set_image(IMAGE)
    session.load(recorded)
    found = session.state.finished[1]
    wrong = replace(found, clicks=(Click(2, 2), *found.clicks[1:]))
    session.restore(replace(session.state, finished={**session.state.finished, 1: wrong}))
    session.save(recorded)
    answer = runner.invoke(app, ["replay", str(recorded), "--device", "cpu"])
    assert answer.exit_code == 1
    assert "object 2: 0 of" in answer.output


@pytest.mark.parametrize(
    ("fact", "told"),
    [("earlier_predictors", "other weights or settings"), ("earlier_views", "other channels")],
)
def test_it_is_told_that_a_part_of_the_objects_was_made_otherwise(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, fact: str, told: str
) -> None:
    stored = read_session(recorded)
    about = replace(stored.about, facts={**stored.about.facts, fact: [{}]})
    monkeypatch.setattr(
        "napari_faseg.cli.replay.read_session", lambda folder: replace(stored, about=about)
    )
    answer = runner.invoke(app, ["replay", str(recorded), "--device", "cpu"])
    assert answer.exit_code == 0, answer.output
    assert "a part of these objects was made with " in answer.stderr
    assert told in answer.stderr


def test_the_image_may_have_moved(recorded: Path, file: Path, tmp_path: Path) -> None:
    moved = file.rename(tmp_path / "moved.png")
    answer = runner.invoke(app, ["replay", str(recorded)])
    assert answer.exit_code == 1
    assert "image.png" in answer.output
    answer = runner.invoke(app, ["replay", str(recorded), "--image", str(moved)])
    assert answer.exit_code == 0, answer.output


def test_another_image_is_refused(recorded: Path, file: Path) -> None:
    skimage.io.imsave(file, 255 - IMAGE)
    answer = runner.invoke(app, ["replay", str(recorded)])
    assert answer.exit_code == 1
    assert "expected the image that this session is about" in answer.output


def test_a_session_of_another_kind_of_predictor_is_refused(tmp_path: Path, file: Path) -> None:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.save(tmp_path / "session", source=file)
    answer = runner.invoke(app, ["replay", str(tmp_path / "session")])
    assert answer.exit_code == 1
    assert "expected a session of a NetPredictor with weights, got one of Disc" in answer.output


def test_an_image_that_nobody_named_is_asked_for(tmp_path: Path) -> None:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.save(tmp_path / "session")
    answer = runner.invoke(app, ["replay", str(tmp_path / "session")])
    assert "expected --image FILE" in answer.output


def test_other_weights_of_the_same_name_are_refused(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("napari_faseg.cli.replay.weights_sha256", lambda name: "0" * 64)
    answer = runner.invoke(app, ["replay", str(recorded)])
    assert answer.exit_code == 1
    assert "others called default" in answer.output


@pytest.mark.parametrize("name", ["labels.tif", "labels.png"])
def test_labels_are_exported(name: str, recorded: Path, tmp_path: Path) -> None:
    answer = runner.invoke(app, ["export", str(recorded), "--output", str(tmp_path / name)])
    assert answer.exit_code == 0, answer.output
    assert answer.output == f"{tmp_path / name}: 2 objects\n"
    labels = skimage.io.imread(tmp_path / name)
    assert set(np.unique(labels)) == {0, 1, 2}
    assert (labels[LEFT] == 1).mean() > 0.8


def test_objects_are_exported_for_coco(recorded: Path, tmp_path: Path) -> None:
    output = tmp_path / "objects.json"
    assert runner.invoke(app, ["export", str(recorded), "--output", str(output)]).exit_code == 0
    assert len(json.loads(output.read_text())["annotations"]) == 2


def test_an_export_says_what_is_missing(tmp_path: Path) -> None:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.record(tmp_path / "session")
    session.add_click(Click(9, 9))
    output = str(tmp_path / "labels.tif")
    answer = runner.invoke(app, ["export", str(tmp_path / "session"), "--output", output])
    session.close()
    assert answer.exit_code == 0
    assert "was not closed" in answer.output
    assert "0 objects" in answer.output
    assert "object in progress is not among them" in answer.output


def test_an_export_says_that_a_reopened_object_is_missing_though_it_has_no_clicks(
    tmp_path: Path,
) -> None:
    session = ClickSession(DiscPredictor())
    session.set_image(IMAGE)
    session.record(tmp_path / "session")
    painted = np.zeros(session.labels.shape, np.int32)
    painted[5:15, 5:15] = 1
    session.adopt(painted)
    session.reopen(1)
    output = str(tmp_path / "labels.tif")
    answer = runner.invoke(app, ["export", str(tmp_path / "session"), "--output", output])
    session.close()
    assert "0 objects" in answer.output
    assert "object in progress is not among them" in answer.output


@pytest.mark.parametrize("name", ["labels.npy", "nowhere/labels.tif"])
def test_a_file_that_cannot_be_written_is_refused(
    name: str, recorded: Path, tmp_path: Path
) -> None:
    answer = runner.invoke(app, ["export", str(recorded), "--output", str(tmp_path / name)])
    assert answer.exit_code == 1
    assert "expected a file" in answer.output


def test_a_folder_without_a_session_is_refused(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["export", str(tmp_path), "--output", str(tmp_path / "a.tif")])
    assert answer.exit_code == 1
    assert "expected the folder of a recorded session" in answer.output


def test_an_export_never_takes_the_place_of_the_image_of_the_session(
    recorded: Path, file: Path
) -> None:
    before = file.read_bytes()
    answer = runner.invoke(app, ["export", str(recorded), "--output", str(file)])
    assert answer.exit_code == 1
    assert "expected an output that is not read as well" in answer.output
    assert file.read_bytes() == before


def test_each_plane_of_a_stack_is_replayed(tmp_path: Path, predictor: NetPredictor) -> None:
    grey = IMAGE.mean(axis=-1).astype(np.uint8)
    volume = np.stack([grey, 255 - grey, grey])
    source = tmp_path / "stack.tif"
    tifffile.imwrite(source, volume, photometric="minisblack")
    planes = []
    for z in (0, 2):
        view = RecordedView((1, 2), (z, 0, 0), rgb=False, contrast_limits=(0, 255))
        session = ClickSession(predictor)
        session.set_image(view.shown(view.plane(volume)))
        session.add_click(Click(30, 25))
        session.commit()
        facts = {"view": view.to_dict(), "source": str(source)}
        about = About.now(ImageIdentity.of(view.plane(volume)), predictor, **facts)
        planes.append(StoredSession(about, session.state, 2, "", is_closed=True, number=1))
    save_stack(tmp_path / "stack.faseg", StoredStack(volume.shape, tuple(planes)))
    answer = runner.invoke(app, ["replay", str(tmp_path / "stack.faseg"), "--device", "cpu"])
    assert answer.exit_code == 0, answer.output
    lines = answer.output.splitlines()
    assert [line.partition(" of ")[0] for line in lines[:-1]] == [
        "plane-0: object 1: 0",
        "plane-2: object 1: 0",
    ]
    assert lines[-1] == "2 of 2 objects replayed: 0 of 12000 pixels differ"


def test_a_stack_without_a_plane_has_nothing_to_replay(tmp_path: Path) -> None:
    save_stack(tmp_path / "stack.faseg", StoredStack((3, 6, 8), ()))
    answer = runner.invoke(app, ["replay", str(tmp_path / "stack.faseg")])
    assert answer.exit_code == 0
    assert answer.output == "0 of 0 objects replayed: 0 of 0 pixels differ\n"
