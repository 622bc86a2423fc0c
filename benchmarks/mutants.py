"""How many small changes of the code that keeps sessions the tests notice: each is one mutant.

    python -m benchmarks.mutants
    python -m benchmarks.mutants --share 0.2 --seed 3

A mutant exchanges a comparison (at its limit), "and" and "or", a sign of arithmetic, a number or a
truth value, or leaves out a "not" or a call. Each runs in a forked process, in which the tests of
sessions stop at the first that fails; POSIX only. Those that live are printed with their lines.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src/napari_faseg/interaction"
MODULES = ("session", "edits", "history", "undoable", "journal", "recording")
TESTS = (
    "session",
    "session_edits",
    "session_history",
    "recording",
    "kept_session",
    "session_objects",
    "session_states",
    "session_refusals",
    "looks",
    "sparing",
    "reproduction",
    "session_search",
    "damaged_sessions",
    "failing_disk",
    "recording_machine",
    "power_loss",
)
SMALLER = {"FASEG_CRASH_STATES": "150", "FASEG_MUTATIONS": "80", "FASEG_KILLS": "0"}
MOST_SECONDS = 240.0  # for the tests of one mutant; one that takes longer hangs, and is noticed
UNCHANGED = -1  # in the place of a number
EXCHANGED: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
}


@dataclass(frozen=True)
class Mutant:
    """The change number `number` of a module."""

    module: str
    number: int


class Mutation(ast.NodeTransformer):
    """Makes one of the possible changes of a tree, or counts them."""

    def __init__(self, number: int = UNCHANGED) -> None:
        self._number = number
        self.n_seen = 0
        self.line = 0

    def _is_meant(self, node: ast.AST) -> bool:
        self.n_seen += 1
        if self.n_seen - 1 != self._number:
            return False
        self.line = getattr(node, "lineno", 0)
        return True

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Exchange a comparison."""
        self.generic_visit(node)
        if type(node.ops[0]) in EXCHANGED and self._is_meant(node):
            node.ops[0] = EXCHANGED[type(node.ops[0])]()
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        """Exchange "and" and "or"."""
        return self._with_other_op(node)

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Exchange a sign of arithmetic."""
        return self._with_other_op(node)

    def _with_other_op(self, node: ast.BoolOp | ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if type(node.op) in EXCHANGED and self._is_meant(node):
            node.op = EXCHANGED[type(node.op)]()
        return node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """Leave out a "not"."""
        self.generic_visit(node)
        return node.operand if isinstance(node.op, ast.Not) and self._is_meant(node) else node

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Leave out a call whose result nobody uses."""
        self.generic_visit(node)
        is_call = isinstance(node.value, ast.Call)
        return ast.copy_location(ast.Pass(), node) if is_call and self._is_meant(node) else node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Exchange a truth value, or make a number larger by one."""
        if not isinstance(node.value, int) or not self._is_meant(node):
            return node
        other = not node.value if isinstance(node.value, bool) else node.value + 1
        return ast.copy_location(ast.Constant(other), node)


class Instead(importlib.abc.Loader):
    """Imports a changed tree in the place of a module."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self._name, self._tree = f"napari_faseg.interaction.{module}", tree
        self._path = str(path_of(module))

    def find_spec(self, name: str, *_: object) -> ModuleSpec | None:
        """Find that module, and no other."""
        found = name == self._name
        return importlib.util.spec_from_loader(name, self, origin=self._path) if found else None

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make an empty one."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        module.__file__ = self._path
        exec(compile(self._tree, self._path, "exec"), module.__dict__)


def path_of(module: str) -> Path:
    """Return where a module lies."""
    return SOURCE / f"{module}.py"


def mutated(mutant: Mutant) -> tuple[ast.Module, Mutation]:
    """Return the changed tree of a module, and what changed it."""
    mutation = Mutation(mutant.number)
    tree = mutation.visit(ast.parse(path_of(mutant.module).read_text(encoding="utf-8")))
    return ast.fix_missing_locations(tree), mutation


def all_mutants() -> list[Mutant]:
    """Return every mutant of every module."""
    found = []
    for module in MODULES:
        _, counter = mutated(Mutant(module, UNCHANGED))
        found += [Mutant(module, number) for number in range(counter.n_seen)]
    return found


def is_noticed(mutant: Mutant) -> bool:
    """Run the tests with a mutant in a process of its own."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.meta_path.insert(0, Instead(mutant.module, mutated(mutant)[0]))
        os._exit(_tested())
    end = time.monotonic() + MOST_SECONDS
    while time.monotonic() < end:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return status != 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _tested() -> int:
    tests = [str(ROOT / f"tests/interaction/test_{name}.py") for name in TESTS]
    return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]))


def main() -> None:
    """Run a random share of all mutants, and print those that live and how many do not."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=1.0, help="of all mutants, at random")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.environ.update(SMALLER)
    os.chdir(ROOT)
    for heavy in ("torch", "scipy.ndimage", "hypothesis.stateful", "tifffile"):
        importlib.import_module(heavy)  # once, rather than in every process
    mutants = all_mutants()
    random.Random(options.seed).shuffle(mutants)
    chosen = mutants[: max(1, round(options.share * len(mutants)))]
    if any(is_noticed(Mutant(module, UNCHANGED)) for module in MODULES):
        sys.exit("the tests fail without any change, so that they would notice everything")
    living = [mutant for mutant in chosen if not told_unless(is_noticed(mutant), mutant)]
    n_noticed = len(chosen) - len(living)
    share = n_noticed / len(chosen)
    print(f"{n_noticed} of {len(chosen)} mutants noticed ({share:.1%}), of {len(mutants)} in all")


def told_unless(noticed: bool, mutant: Mutant) -> bool:
    """Print a mutant that lives; return whether it was noticed."""
    if not noticed:
        path, line = path_of(mutant.module), mutated(mutant)[1].line
        text = path.read_text(encoding="utf-8").splitlines()[line - 1].strip()
        print(f"lives: {path.name}:{line}: {text}", flush=True)
    return noticed


if __name__ == "__main__":
    main()
