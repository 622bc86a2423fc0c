from pathlib import Path

import pytest
import torch
from huggingface_hub import constants as hub

from napari_faseg.training import pretrained
from napari_faseg.training.pretrained import hub_asked_once, load_encoder
from tests.models.networks import TinyHost


def test_tensors_are_taken_in_their_order_whatever_their_names(tmp_path: Path) -> None:
    torch.manual_seed(0)
    source, host = TinyHost(), TinyHost()
    state = {f"renamed {i}": t for i, t in enumerate(source.encoder.state_dict().values())}
    torch.save(state | {"classifier": torch.zeros(10, 7)}, tmp_path / "encoder.pth")
    load_encoder(host, tmp_path / "encoder.pth")
    pairs = zip(source.encoder.parameters(), host.encoder.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)


def test_the_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(3, 3)}, tmp_path / "encoder.pth")
    with pytest.raises(ValueError, match=r"no 0\.weight"):
        load_encoder(TinyHost(), tmp_path / "encoder.pth")


class Hub:
    """A model hub that answers, or does not."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def head(self, address: str, timeout: float) -> None:
        assert address.startswith("https://")
        assert timeout == 10
        if self.error is not None:
            raise self.error


@hub_asked_once()
def nothing_found(*, offline: bool) -> None:
    """Look for a file of the hub as a library does, in vain."""
    assert offline is hub.HF_HUB_OFFLINE
    raise FileNotFoundError("no such file")


def test_a_hub_that_is_silent_is_not_asked_again_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "get_session", lambda: Hub(TimeoutError("timed out")))
    with pytest.raises(FileNotFoundError) as told:
        nothing_found(offline=True)
    assert str(told.value) == f"no answer of {hub.ENDPOINT} within 10 seconds (timed out)"
    assert not hub.HF_HUB_OFFLINE


def test_a_hub_that_answers_is_asked_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pretrained, "get_session", Hub)
    with pytest.raises(FileNotFoundError, match="no such file"):
        nothing_found(offline=False)
