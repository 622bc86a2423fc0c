"""One method on one data set, with a progress bar, going on where an earlier run ended."""

import hashlib
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from napari_faseg import __version__
from napari_faseg._words import counted
from napari_faseg.cli.evaluation_sets import OpenedSet
from napari_faseg.datasets import random_indices
from napari_faseg.evaluation import (
    Curves,
    ObjectResult,
    PartialResults,
    Rules,
    evaluate_objects,
)
from napari_faseg.evaluation.baselines import BASELINES
from napari_faseg.evaluation.predictors import is_function, source_of
from napari_faseg.interaction import Predictor
from napari_faseg.models import weights_sha256


@dataclass(frozen=True)
class Run:
    """What `faseg evaluate` does for one pair of a method and a data set."""

    name: str
    predictor: Predictor
    dataset: OpenedSet
    rules: Rules
    limit: int | None
    sample: int | None
    workers: int
    scheduler: str | None
    skip_broken: bool

    def done(self, partial: PartialResults | None, about: Mapping[str, object]) -> Curves:
        """Return the results, those of an earlier run that ended too soon included.

        Parameters
        ----------
        partial : PartialResults, optional
            Where the results are kept while the run lasts.
        about : mapping
            What else makes a run what it is: a change of it begins afresh.
        """
        wanted = chosen(len(self.dataset.samples), self.limit, self.sample)
        key = "" if partial is None else self._key(about)
        known = {} if partial is None else partial.read(key)
        title = self.dataset.title
        found = {index: known[index] for index in wanted if index in known}
        if found:
            typer.echo(f"{title}: {counted(len(found), 'object')} done already", err=True)
        rest = [index for index in wanted if index not in found]
        with (
            Progress(console=Console(stderr=True)) as progress,
            closing(self._results(rest)) as results,
        ):
            bar = progress.add_task(escape(title), total=len(wanted), completed=len(found))
            for result in results:
                found[result.index] = result
                if partial is not None:
                    partial.add(key, result)
                progress.update(bar, completed=len(found))
        mode = getattr(self.predictor, "mode", None)
        sorted_found = tuple(found[index] for index in sorted(found))
        stop = self.rules.target
        return Curves(sorted_found, self.rules.max_clicks, stop, self.name, title, mode)

    def _results(self, indices: list[int]) -> Generator[ObjectResult, None, None]:
        return evaluate_objects(
            self.predictor,
            self.dataset.samples,
            indices=indices,
            **asdict(self.rules),
            workers=self.workers,
            scheduler=self.scheduler,
            on_broken=self._tell_broken if self.skip_broken else None,
        )

    def _tell_broken(self, index: int, error: Exception) -> None:
        typer.echo(f"{self.dataset.title}: object {index} is left out: {error}", err=True)

    def _key(self, about: Mapping[str, object]) -> str:
        facts = {
            "predictor": self.name,
            "dataset": self.dataset.identity(),
            "objects": len(self.dataset.samples),
            "rules": asdict(self.rules),
            "version": __version__,
            **about,
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def chosen(n_objects: int, limit: int | None, sample: int | None) -> list[int]:
    """Return the indices of the objects to click on.

    Parameters
    ----------
    n_objects
        Of the data set.
    limit
        Only the first ones are taken; None: all.
    sample
        So many of these at random, the same ones every time; a larger sample holds a smaller one.
    """
    n_first = min(limit or n_objects, n_objects)
    if sample is None:
        return list(range(n_first))
    return random_indices(n_first, sample)


def fingerprint(name_or_path: str) -> str:
    """Return what tells a method from a later one of the same name.

    It is the hash of its weights, or of the module that makes it.
    """
    if name_or_path in BASELINES:
        return name_or_path
    if is_function(name_or_path):
        source = source_of(name_or_path)
        return hashlib.sha256(source.read_bytes()).hexdigest() if source else name_or_path
    return weights_sha256(name_or_path)
