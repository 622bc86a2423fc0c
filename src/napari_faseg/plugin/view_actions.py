"""What a person can ask of the viewer around a session, beside the actions on the session."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from napari.layers import Image
from napari.utils.notifications import show_info

from napari_faseg._words import reason
from napari_faseg.interaction.arrays import Mask, Probability
from napari_faseg.interaction.uncertainty import uncertainty_of
from napari_faseg.plugin.actions import Actions
from napari_faseg.plugin.coordinates import Plane
from napari_faseg.plugin.image_choice import ImageChoice
from napari_faseg.plugin.mouse import Buttons
from napari_faseg.plugin.overlay import Overlay
from napari_faseg.plugin.probability_view import ProbabilityView
from napari_faseg.plugin.prompts import Prompts
from napari_faseg.plugin.session_jobs import SessionJobs
from napari_faseg.plugin.shown import NOWHERE, Shown
from napari_faseg.plugin.stack import Stack
from napari_faseg.plugin.step import Step
from napari_faseg.plugin.under_mouse import order_under
from napari_faseg.plugin.view import look_at

NOTHING_TO_CARRY = "There is no object to carry on: click on one first."


class ViewActions(Actions):
    """The actions of an annotator that are about what is seen, and with which button.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
    overlay : Overlay
        Of the image that is segmented.
    prompts : Prompts
        Its two layers must be in the viewer.
    stack : Stack
        Whose front is acted on.
    plane : Plane
        That is on screen.
    """

    def __init__(
        self, viewer: Any, overlay: Overlay, prompts: Prompts, stack: Stack, plane: Plane
    ) -> None:
        super().__init__(stack.front.jobs, stack.front.turns)
        self._viewer, self._overlay = viewer, overlay
        self._stack = stack
        self._plane = plane
        self.prompts = prompts
        self.buttons = Buttons(viewer, prompts, plane)
        self.buttons.select()
        lies = viewer, overlay, plane
        self._probability = ProbabilityView(*lies, "probability", "inferno")
        self._uncertainty = ProbabilityView(*lies, "uncertainty", "viridis")

    # The image

    @property
    def image(self) -> Image:
        """The image that is segmented."""
        return self._overlay.image

    @property
    def channel_axis(self) -> int | None:
        """The axis of its channels, None if it has none."""
        return self._stack.choice.channel_axis

    @property
    def channels(self) -> tuple[int, ...]:
        """The channels that the network is shown; set others, and it looks at the image again."""
        return self._stack.choice.channels

    @channels.setter
    def channels(self, value: Sequence[int]) -> None:
        self._choose(value, self.percentiles)

    @property
    def percentiles(self) -> tuple[float, float] | None:
        """The percentiles that are black and white for it, None: what the layer shows as such."""
        return self._stack.choice.percentiles

    @percentiles.setter
    def percentiles(self, value: tuple[float, float] | None) -> None:
        self._choose(self.channels, value)

    def _choose(self, channels: Sequence[int], percentiles: tuple[float, float] | None) -> None:
        choice = ImageChoice.of(self.image, self.channel_axis, channels, percentiles)
        self._stack.look_again(choice)

    # The stack

    @property
    def has_planes(self) -> bool:
        """Whether there are other planes that an object can be carried on to."""
        return bool(self._overlay.sliders(self._plane))

    def carry_on(self, n_planes: int = 1) -> None:
        """Finish the object in progress and go on with it, under its label, on another plane.

        There it begins with the mask that it has here and a click in the middle of that.

        Parameters
        ----------
        n_planes : int
            How far away the plane is along the slider that was moved last; below 0 backwards.
        """
        if not self._may_have_object:
            show_info(NOTHING_TO_CARRY)
            return
        target = self._overlay.point_beside(self._viewer, self._plane, n_planes)
        if target is None:
            show_info("There is no plane to carry the object on to.")
            return
        if self._is_covered:
            self.finish()  # which says so, and gives the clicks up
            return
        before, overwrite, carried = self._plane, self.overwrite, Carried()
        finished = self._finish(carried)
        self._viewer.dims.set_point(range(self._viewer.dims.ndim), target)
        if self._plane != before:
            jobs, painter = self._jobs, self.painter
            self._turns.take_step(
                lambda: carried.go_on(jobs, painter.label, overwrite=overwrite),
                follows=finished,
                leaves=True,
            )

    def carry_back(self) -> None:
        """Do the same on the plane before."""
        self.carry_on(-1)

    # The view

    def swap_buttons(self) -> None:
        """Exchange what left and right click mean."""
        self.buttons.swap()
        sign = "negative" if self.buttons.swapped else "positive"
        show_info(f"Left click now adds {sign} points.")

    def reopen_under_cursor(self) -> None:
        """Go on with the finished object under the mouse."""
        point = self.prompts.positive.world_to_data(self._viewer.cursor.position)
        click = self._plane.to_click(np.asarray(point))
        if click is not None:
            self.reopen_at(click.pixel)

    def remove_under_cursor(self) -> None:
        """Remove the click under the mouse; with *Select points*, the selected ones."""
        active = self._viewer.layers.selection.active
        if active in self.prompts.layers and active.mode == "select":
            active.remove_selected()
            return
        order = order_under(self._viewer, self.prompts, self._viewer.cursor.position)
        if order is None:
            show_info("There is no click under the mouse.")
        else:
            self.prompts.remove(order)

    def look_at(self, label: int) -> None:
        """Move the view so that a finished object is in its middle."""
        box = self.painter.box_of(label)
        if box != NOWHERE:
            look_at(self._viewer, self.prompts.positive, self._plane, box)

    @property
    def show_probability(self) -> bool:
        """Whether a layer shows the probability of the object in progress."""
        return self._probability.is_wanted

    @show_probability.setter
    def show_probability(self, value: bool) -> None:
        self._want(self._probability, value)

    @property
    def show_uncertainty(self) -> bool:
        """Whether a layer shows how unsure the network is of each pixel, in bits."""
        return self._uncertainty.is_wanted

    @show_uncertainty.setter
    def show_uncertainty(self, value: bool) -> None:
        self._want(self._uncertainty, value)

    # Inside

    @property
    def _may_have_object(self) -> bool:
        """Whether there is an object in progress, or one may come of what is on its way."""
        shown, turns = self._stack.front.shown, self._turns
        if turns.leaves_object is not None:
            return turns.leaves_object
        if shown is None:
            return bool(turns.clicks())
        return shown.box != NOWHERE or shown.clicks != turns.clicks()

    @property
    def _is_covered(self) -> bool:
        """Whether the object in progress would have no pixel here, as far as is known now."""
        shown, turns = self._stack.front.shown, self._turns
        if shown is None or turns.acts or shown.clicks != turns.clicks():
            return False
        return shown.is_covered and not self.overwrite

    def _finish(self, carried: "Carried") -> Step:
        jobs, painter, overwrite = self._jobs, self.painter, self.overwrite

        def finish() -> Shown:
            label, mask = painter.label, jobs.mask
            shown = jobs.finish(label, overwrite=overwrite)
            if not shown.given_up:
                carried.label, carried.mask = label, mask
            is_told = shown.finished or shown.given_up  # else it is told where it would go on
            return shown if is_told else replace(shown, finished=None)

        return self._turns.take_step(finish, leaves=False)

    @property
    def _views(self) -> tuple[ProbabilityView, ProbabilityView]:
        return self._probability, self._uncertainty

    def _want(self, view: ProbabilityView, value: bool) -> None:
        view.is_wanted = bool(value)
        if not value:
            view.hide()
        elif (shown := self._stack.front.shown) is not None:
            self._show_views(shown)

    def _show_views(self, shown: Shown) -> None:
        if self._probability.is_wanted:
            self._show_view(self._probability, shown.probability)
        if self._uncertainty.is_wanted:
            self._show_view(self._uncertainty, uncertainty_of(shown.probability))

    def _show_view(self, view: ProbabilityView, values: Probability) -> None:
        try:
            view.show(values)
        except MemoryError as error:
            view.is_wanted = False
            self._tell(reason(error))

    def _hide_views(self) -> None:
        for view in self._views:
            view.hide()


class Carried:
    """What an object is on the plane that it leaves; known when its turn has come."""

    label = 0
    mask: Mask | None = None

    def go_on(self, jobs: SessionJobs, finish_as: int, *, overwrite: bool) -> Shown:
        """Begin it with this mask on another plane; RuntimeError if there is none."""
        if self.mask is None or not self.mask.any():
            raise RuntimeError(NOTHING_TO_CARRY)
        return jobs.carry_on(self.label, self.mask, finish_as=finish_as, overwrite=overwrite)
