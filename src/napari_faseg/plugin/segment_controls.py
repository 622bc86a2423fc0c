"""The controls of the dock widget: what each is called, and what it says of itself."""

from collections.abc import Callable
from typing import Any

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Container,
    FloatSlider,
    Label,
    PushButton,
    Widget,
    create_widget,
)
from napari.layers import Image, Labels

from napari_faseg.interaction.history import MASK_THRESHOLD
from napari_faseg.plugin.choice_controls import ChoiceControls
from napari_faseg.plugin.explanation import explain

MIN_WIDTH = 320  # pixels: napari's title of the dock and the longest line of help fit
STEP = 0.01  # of the threshold
NEW_LAYER = "in a new layer"
KEEP, OVERWRITE = "keep their pixels", "give way"


class SegmentControls:
    """Widgets of magicgui in their groups; knows no session.

    Parameters
    ----------
    names : callable
        Returns the weights to choose from; asked again by `reset_choices` of the dock.
    """

    def __init__(self, names: Callable[[], list[str]]) -> None:
        image: Any = create_widget(name="image", annotation=Image)
        self.image = image
        self.choice = ChoiceControls(image)
        self.weights = ComboBox(name="weights", choices=lambda _: names())
        result: Any = create_widget(name="objects", annotation=Labels | None)
        result.null_string = NEW_LAYER
        self.result = result
        self.resume = CheckBox(name="resume", text="Go on where I left this image", value=True)
        self.start = PushButton(text="Start")
        self.finish = PushButton(text="Finish object")
        self.undo = PushButton(text="Undo")
        self.redo = PushButton(text="Redo")
        self.carry_back = PushButton(text="◀ Carry back")
        self.carry_on = PushButton(text="Carry on ▶")
        self.planes = _row(self.carry_back, self.carry_on)
        self.threshold = FloatSlider(
            name="threshold", min=0, max=1 - STEP, step=STEP, value=MASK_THRESHOLD
        )
        self.others = ComboBox(name="others", label="other objects", choices=(KEEP, OVERWRITE))
        self.probability = CheckBox(name="probability", text="Show the probability")
        self.uncertainty = CheckBox(name="uncertainty", text="Show the uncertainty")
        self.status = Label(value="Choose an image and press Start.")
        self.explain()
        self.enable(is_open=False)

    def groups(self) -> list[Widget]:
        """Return what the widget shows, from top to bottom."""
        form = Container(widgets=[self.image, *self.choice.widgets, self.result, self.weights])
        self.choice.offer()
        return [
            form,
            self.resume,
            self.start,
            _row(self.finish, self.undo, self.redo),
            self.planes,
            Container(widgets=[self.threshold, self.others]),
            self.probability,
            self.uncertainty,
            self.status,
        ]

    def explain(self) -> None:
        """Give every control a tool tip and a name for screen readers."""
        for widget, name, tip in (
            (self.image, "image", "The image whose objects you click on."),
            (self.weights, "weights", "The trained network that turns clicks into masks."),
            (
                self.result,
                "layer of objects",
                "Where finished objects go: a layer of yours, to go on with, or a new one.",
            ),
            (
                self.resume,
                "go on where I left this image",
                "Bring back the objects and clicks that were recorded. Off: begin another session.",
            ),
            (self.start, "start", "Begin to segment the image."),
            (self.finish, "finish object", "Keep the mask as an object and begin the next one."),
            (self.undo, "undo", "Take the last action back, whatever it was."),
            (self.redo, "redo", "Bring back what was undone."),
            (self.planes, "planes", "Take the object through the planes of a stack."),
            (
                self.carry_back,
                "carry back",
                "Finish the object and go on with it on the plane before.",
            ),
            (self.carry_on, "carry on", "Finish the object and go on with it on the next plane."),
            (self.threshold, "threshold", "Smaller: the mask grows. Larger: it shrinks. At once."),
            (
                self.others,
                "other objects",
                "What finished objects do where the mask meets them.",
            ),
            (self.probability, "show the probability", "A layer with what the network thinks."),
            (
                self.uncertainty,
                "show the uncertainty",
                "A layer with how unsure the network is: 1 where it could as well toss a coin.",
            ),
        ):
            explain(widget, name, tip)

    def enable(self, *, is_open: bool, has_planes: bool = False) -> None:
        """Let be used what makes sense while a session is open, on a stack or not, or is not."""
        self.planes.visible = is_open and has_planes
        for widget in (
            self.finish,
            self.threshold,
            self.others,
            self.probability,
            self.uncertainty,
        ):
            widget.enabled = is_open
        self.threshold.native.setEnabled(is_open)  # with the number beside the slider
        if not is_open:
            self.undo.enabled = self.redo.enabled = False


def _row(*buttons: Widget) -> Container[Widget]:
    return Container(widgets=buttons, layout="horizontal", labels=False)
