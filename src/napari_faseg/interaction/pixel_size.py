"""How large a pixel is, as TIFF files say it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from napari_faseg.interaction.about import About
from napari_faseg.interaction.recorded_view import RecordedView

SYMBOLS = {"micrometer": "µm", "micron": "µm", "nanometer": "nm", "millimeter": "mm"}
PER_CENTIMETER = {"µm": 1e4, "nm": 1e7, "mm": 10.0}
OTHER_AXES = ("T", "Z")  # before rows and columns, the last of them first
Sizes = dict[int, tuple[float, str]]  # of an axis: how far it is from a pixel to the next, in what


def ome_sizes(axes: str, sizes: Mapping[int, tuple[float, str]]) -> dict[str, Any]:
    """Return what tifffile writes as OME metadata.

    Parameters
    ----------
    axes : str
        A letter for each axis, such as "ZYX".
    sizes : mapping
        Of axes, by their place: size and unit, such as "micrometer".
    """
    metadata: dict[str, Any] = {"axes": axes}
    for place, (size, unit) in sizes.items():
        if axes[place] in "ZYX":
            name = f"PhysicalSize{axes[place]}"
            metadata |= {name: abs(size), f"{name}Unit": SYMBOLS.get(unit, "pixel")}
    return metadata


def resolution(rows: tuple[float, str], columns: tuple[float, str]) -> dict[str, Any]:
    """Return with what tifffile writes the pixels of a centimetre; {} where the unit is no length.

    Parameters
    ----------
    rows, columns : (float, str)
        How far it is from one to the next, and the unit, such as "micrometer".
    """
    per_centimeter = PER_CENTIMETER.get(SYMBOLS.get(columns[1], ""))
    x, y = abs(columns[0]), abs(rows[0])  # a layer may be mirrored
    if per_centimeter is None or not (x and y):
        return {}
    per_axis = per_centimeter / x, per_centimeter / y
    return {"resolution": per_axis, "resolutionunit": "CENTIMETER"}


def sizes_of_stack(planes: Iterable[About]) -> Sizes:
    """Return what the sessions of an image's planes know, by the axis of the image's labels."""
    sizes: Sizes = {}
    for about in planes:
        sizes = {**_sizes_of_labels(about), **sizes}
    return sizes


def stack_options(shape: Sequence[int], planes: Sequence[About]) -> dict[str, Any]:
    """Return with what tifffile writes labels of a whole image, so that pixels keep their size.

    Parameters
    ----------
    shape : sequence of int
        Of the labels.
    planes : sequence of About
        What the sessions of its planes are about.
    """
    sizes, rows, columns = sizes_of_stack(planes), len(shape) - 2, len(shape) - 1
    if not {rows, columns} <= sizes.keys():
        return {}
    options = resolution(sizes[rows], sizes[columns])
    letters = _letters(len(shape), planes)
    if letters and 1 not in shape:  # whoever reads OME leaves an axis of one pixel out
        options |= {"ome": True, "metadata": ome_sizes(letters, sizes)}
    return options


def _sizes_of_labels(about: About) -> Sizes:
    facts = about.facts
    view = RecordedView.from_dict(facts["view"])
    known: Sizes = {}
    if len(facts.get("scale", ())) == 2:
        unit = str(facts.get("unit", ""))
        known = {a: (float(s), unit) for a, s in zip(view.axes, facts["scale"], strict=True)}
    every = zip(facts.get("scales", ()), facts.get("units", ()), strict=False)
    known |= {axis: (float(size), str(unit)) for axis, (size, unit) in enumerate(every)}
    first = int(view.channel_axis == 0)  # labels have no such axis
    return {axis - first: size for axis, size in known.items() if axis >= first}


def _letters(n_axes: int, planes: Sequence[About]) -> str:
    """Return what the axes of labels are called; "" where there are more than have a name."""
    channels = RecordedView.from_dict(planes[0].facts["view"]).channel_axis
    others = list(OTHER_AXES)
    letters = ""
    for axis in reversed(range(n_axes - 2)):
        if axis == channels and channels > 0:
            letters = f"C{letters}"
        elif others:
            letters = f"{others.pop()}{letters}"
        else:
            return ""
    return f"{letters}YX"
