"""The code keeps its budgets: short modules, short functions, nothing public unexplained."""

import ast
from pathlib import Path
from statistics import median, quantiles

SOURCE = Path(__file__).parents[1] / "src" / "napari_faseg"
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
FUNCTIONS = [
    (path, node)
    for path, module in MODULES.items()
    for node in ast.walk(module)
    if isinstance(node, ast.FunctionDef)
]
MAX_MODULE_LINES, MEDIAN_MODULE_LINES = 300, 120
MAX_FUNCTION_LINES, P90_FUNCTION_LINES, MEDIAN_FUNCTION_LINES = 40, 25, 8
FORBIDDEN_NAMES = {"utils", "helpers", "misc", "common", "manager"}


def n_lines(function):
    """Return the number of lines of the body without its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


def name_of(path, function):
    return f"{path.relative_to(SOURCE)}:{function.lineno} {function.name}"


def test_no_module_is_long_and_most_are_short():
    lengths = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in MODULES
        if path.name != "__init__.py"
    }
    assert [path.name for path, n in lengths.items() if n > MAX_MODULE_LINES] == []
    assert median(lengths.values()) <= MEDIAN_MODULE_LINES


def test_no_function_is_long_and_most_are_short():
    lengths = [n_lines(function) for _, function in FUNCTIONS]
    assert [name_of(path, f) for path, f in FUNCTIONS if n_lines(f) > MAX_FUNCTION_LINES] == []
    assert quantiles(lengths, n=10)[-1] <= P90_FUNCTION_LINES
    assert median(lengths) <= MEDIAN_FUNCTION_LINES


def test_every_public_function_and_class_is_explained():
    unexplained = [
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}"
        for path, module in MODULES.items()
        for node in module.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert unexplained == []


def test_no_module_has_a_name_that_says_nothing():
    assert {path.stem for path in MODULES} & FORBIDDEN_NAMES == set()


def test_no_import_hides_inside_a_function():
    hidden = [
        name_of(path, function)
        for path, function in FUNCTIONS
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []
