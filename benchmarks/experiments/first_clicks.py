"""The overlap after zero to three clicks (table 5): `python .../first_clicks.py --help`."""

import typer
from study import Data, Device, Output, Sample, Weights, as_table, ious_by_click, open_sets, write

from napari_faseg.interaction import NetPredictor

MOST_CLICKS = 3


def main(
    data: Data,
    output: Output,
    weights: Weights = None,
    sample: Sample = 100,
    mode: str = "look",
    device: Device = "auto",
) -> None:
    """Write a table with a row for each data set and network."""
    rows = []
    sets = open_sets(data)
    for name in weights or ["default"]:
        predictor = NetPredictor.from_weights(name, mode=mode, device=device)
        for dataset in sets:
            ious = ious_by_click(predictor, dataset, sample, MOST_CLICKS)
            rows.append([dataset.name, name, *(f"{value:.3f}" for value in ious)])
            print(*rows[-1], flush=True)
    heads = ["data set", "weights", "no click", "1 click", "2 clicks", "3 clicks"]
    about = (
        f"Mean IoU on {sample} random objects of each data set, mode {mode}; without a click it is "
        "that of the host alone, which cannot know which object is wanted."
    )
    write(output, "The first clicks", about, as_table(heads, rows))


if __name__ == "__main__":
    typer.run(main)
