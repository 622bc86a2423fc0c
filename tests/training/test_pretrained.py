from pathlib import Path

import pytest
import torch

from napari_faseg.training.pretrained import load_encoder
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
