"""Sessions that an earlier version wrote are opened, bit by bit."""

import numpy as np

from napari_faseg.interaction import Click, ClickSession
from napari_faseg.interaction.image_identity import ImageIdentity
from napari_faseg.interaction.session_folder import read_session
from tests.fakes import DiscPredictor, discs
from tests.interaction.fake_disk import FOLDER, FakeDisk

IMAGE = np.arange(48, dtype=np.uint8).reshape(6, 8)
FORMAT_1 = {
    "0001.journal": """\
175 cc0dd8ff {"format":1,"n":0,"about":{"image":{"shape":[6,8],"dtype":"uint8","sha256":"4dbdc2b2b62cb00749785bc84202236dbc3777d74660611b8e58812f0cfde6c3"},"facts":{"source":"cells.tif"}}}
193 6841e3d3 {"n":1,"at":"2026-11-24T06:00:00+00:00","did":"replay","changes":{"open":{"clicks":[[4.5,5.0,1]],"asked":[1],"seconds":2.5,"probability":{"box":[0,6,0,8],"levels":"eAGTlCQCPIWqAdIAfjAGSQ=="}}}}
203 7f2b9a5c {"n":2,"at":"2026-11-24T06:00:00+00:00","did":"replay","changes":{"open":{"clicks":[[4.5,5.0,1],[4.0,6.0,0]],"asked":[1,2],"seconds":2.5,"probability":{"box":[0,6,0,8],"levels":"eAGTlCQBPJWUBAB1bAV9"}}}}
222 8dc92d90 {"n":3,"at":"2026-11-24T06:00:00+00:00","did":"threshold","changes":{"threshold":0.3,"open":{"clicks":[[4.5,5.0,1],[4.0,6.0,0]],"asked":[1,2],"seconds":2.5,"probability":{"box":[0,6,0,8],"levels":"eAHT0iIBvNXSAgDDaQik"}}}}
370 e41a2afe {"n":4,"at":"2026-11-24T06:00:00+00:00","did":"commit","changes":{"open":{"clicks":[],"asked":[],"seconds":0.0},"labels":[{"box":[5,6,5,6],"values":"eAFjYmBgAAAADAAD"}],"finished":[{"label":2,"clicks":[[4.5,5.0,1],[4.0,6.0,0]],"asked":[1,2],"threshold":0.3,"seconds":0.0,"box":[5,6,5,6],"probability":{"box":[0,1,0,1],"levels":"eAF7CwAA7gDu"},"region":"eAFrAAAAgQCB"}]}}
466 9a60cccb {"n":5,"at":"2026-11-24T06:00:00+00:00","did":"reopen","changes":{"threshold":0.5,"open":{"clicks":[[1.0,1.0,1]],"asked":[1],"seconds":2.5,"probability":{"box":[0,3,0,3],"levels":"eAGTfCr59CkQSwIAGFoE3g=="}},"reopened":{"label":1,"clicks":[[1.0,1.0,1]],"asked":[1],"threshold":0.5,"seconds":0.0,"box":[0,3,0,3],"probability":{"box":[0,3,0,3],"levels":"eAGTfCr59CkQSwIAGFoE3g=="},"region":"eAGLZQAAALwAXg=="},"labels":[{"box":[0,3,0,3],"values":"eAFjYCAMAAAkAAE="}]}}
215 77232f22 {"n":6,"at":"2026-11-24T06:00:00+00:00","did":"replay","changes":{"open":{"clicks":[[1.0,1.0,1],[2.0,1.0,1]],"asked":[1,2],"seconds":2.5,"probability":{"box":[0,6,0,8],"levels":"eAGTfCoJBk+fQhgwWhIqDpFFkABSNwsR"}}}}
""",  # noqa: E501
    "0001.snapshot": """\
175 cc0dd8ff {"format":1,"n":0,"about":{"image":{"shape":[6,8],"dtype":"uint8","sha256":"4dbdc2b2b62cb00749785bc84202236dbc3777d74660611b8e58812f0cfde6c3"},"facts":{"source":"cells.tif"}}}
39 f1b30c53 {"piece":0,"changes":{"threshold":0.5}}
100 16029729 {"piece":1,"changes":{"labels":[{"box":[0,6,0,8],"values":"eAFjYGBgYARiXAAkB8P41OCSo7U4AAPMAAY="}]}}
225 c95ede7e {"piece":2,"changes":{"finished":[{"label":1,"clicks":[[1.0,1.0,1]],"asked":[1],"threshold":0.5,"seconds":0.0,"box":[0,3,0,3],"probability":{"box":[0,3,0,3],"levels":"eAGTfCr59CkQSwIAGFoE3g=="},"region":"eAGLZQAAALwAXg=="}]}}
46 73b4f0d7 {"piece":3,"changes":{"classes":{"1":"cell"}}}
85 03939ee6 {"piece":4,"changes":{"open":{"clicks":[],"asked":[],"seconds":0.0},"reopened":null}}
12 9d285371 {"pieces":5}
""",  # noqa: E501
    "closed": """\
12 14d5b482 {"closed":6}
""",
}


def test_a_session_of_format_1_is_opened_as_it_was() -> None:
    stored = read_session(
        FOLDER, FakeDisk({name: text.encode() for name, text in FORMAT_1.items()})
    )
    assert stored.warnings == ()
    assert (stored.n_actions, stored.last) == (6, "2026-11-24T06:00:00+00:00")
    assert stored.about.facts == {"source": "cells.tif"}
    stored.about.image.check(ImageIdentity.of(IMAGE))
    state = stored.state
    expected = np.zeros((6, 8), np.int32)
    expected[5, 5] = 2
    np.testing.assert_array_equal(state.labels, expected)
    assert state.clicks == (Click(1, 1), Click(2, 1))
    np.testing.assert_array_equal(state.mask, discs(state.clicks, (6, 8), 1) > 0.5)
    assert (state.threshold, state.classes, state.asked) == (0.5, {1: "cell"}, (1, 2, -2))
    assert state.finished[2].clicks == (Click(4.5, 5), Click(4, 6, positive=False))
    assert state.finished[2].threshold == 0.3
    assert state.reopened is not None
    assert state.reopened.label == 1


def test_work_on_a_session_of_format_1_goes_on() -> None:
    stored = read_session(
        FOLDER, FakeDisk({name: text.encode() for name, text in FORMAT_1.items()})
    )
    session = ClickSession(DiscPredictor(1))
    session.set_image(IMAGE)
    session.restore(stored.state)
    assert session.commit() == 1
    session.reopen(2)
    assert session.clicks == (Click(4.5, 5), Click(4, 6, positive=False))
    assert session.mask.sum() == 1
