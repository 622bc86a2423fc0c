"""Commands that are imported when they are called: what needs no torch does not wait for it."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from napari_faseg.cli.errors import in_one_sentence

SUMMARIES = {
    "segment": "Segment one object of an image from clicks.",
    "models": "List the weights that can be used by name, or add, delete or copy some.",
    "demo": "Segment a sample photograph from stored clicks and show the result in napari.",
    "evaluate": "Let a robot click on every object of a data set and count its clicks.",
    "train": "Train the network on images with labels, and count clicks before and after.",
    "export": "Write the finished objects of a recorded session to a file.",
    "replay": "Answer the recorded clicks once more, and compare the objects pixel by pixel.",
}


class LazyGroup(TyperGroup):
    """Knows the names of its commands, each of which is a function in the module of that name."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": dict.fromkeys(SUMMARIES)})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002  typer's own names
        """Import a command, or return None where there is no such one."""
        if cmd_name not in self.commands:
            return None
        one = typer.Typer(add_completion=False, rich_markup_mode=None)
        one.command()(in_one_sentence(_function(cmd_name)))
        return typer.main.get_command(one)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Write what each command does, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@in_one_sentence
def _function(name: str) -> Any:
    return getattr(import_module(f"napari_faseg.cli.{name}"), name)
