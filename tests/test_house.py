"""The house holds: rooms on at most four floors, one name for one thing, no default that nobody sets."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

import pytest

from tests.conftest import REPOSITORY

TOPS = ("stream", "engines", "fsrf", "tools")
PACKAGE = "fsrf_live"
MOST_FLOORS, MOST_MODULES, LONGEST_FUNCTION = 4, 20, 45
COMMAND_DOORS = {"add", "run", "main"}
"""Each command of the command line has the first two, each script the last."""


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the package by its dotted name below `PACKAGE`; a package goes by its folder.

    The four folders come from the top level: below `src` they are links.
    """
    found = {}
    door = REPOSITORY / "src" / PACKAGE
    for base, paths in [
        (door, door.glob("*.py")),
        *((REPOSITORY, (REPOSITORY / top).rglob("*.py")) for top in TOPS),
    ]:
        for path in sorted(paths):
            parts = path.relative_to(base).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Modules of the package that a module imports, inside functions too."""
    known = modules()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(f"{PACKAGE}."):
            origin = node.module.removeprefix(f"{PACKAGE}.")
            for alias in node.names:
                inner = f"{origin}.{alias.name}"
                yield inner if inner in known else origin
        elif isinstance(node, ast.Import):
            yield from (
                alias.name.removeprefix(f"{PACKAGE}.")
                for alias in node.names
                if alias.name.startswith(f"{PACKAGE}.")
            )


def rooms() -> list[str]:
    """Every folder with modules in it."""
    return sorted({name.rpartition(".")[0] for name in modules() if "." in name})


def child_of(room: str, module: str) -> str | None:
    """What of a room a module is, or is in; None if it is elsewhere, or is the room's own face."""
    return module[len(room) + 1 :].split(".")[0] if module.startswith(f"{room}.") else None


def arrows_in(room: str) -> dict[str, set[str]]:
    """Which child of a room uses which other ones."""
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, tree in modules().items():
        child = child_of(room, name)
        if child is None:
            continue
        used = {other for module in imports_of(tree) if (other := child_of(room, module)) is not None}
        arrows[child] |= used - {child}
    return arrows


def floor_of(child: str, arrows: dict[str, set[str]], above: tuple[str, ...] = ()) -> int:
    """Which floor a child lives on, from 1; fails at a circle."""
    assert child not in above, f"a circle: {' -> '.join((*above, child))}"
    return 1 + max((floor_of(other, arrows, (*above, child)) for other in arrows.get(child, ())), default=0)


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_at_most_four_floors_and_no_circle(room: str) -> None:
    arrows = arrows_in(room)
    floors = {child: floor_of(child, arrows) for child in arrows}
    assert max(floors.values()) <= MOST_FLOORS, sorted(floors.items(), key=lambda item: -item[1])


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_at_most_twenty_modules_at_one_level(room: str) -> None:
    assert len(arrows_in(room)) <= MOST_MODULES


def public_names(tree: ast.Module) -> Iterator[str]:
    """What a module defines at its top without an underscore."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [
                name.id for target in node.targets for name in ast.walk(target) if isinstance(name, ast.Name)
            ]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))


def test_no_public_name_is_defined_twice() -> None:
    defined: dict[str, set[str]] = defaultdict(set)
    for module, tree in modules().items():
        for name in public_names(tree):
            defined[name].add(module)
    twice = {name: sorted(where) for name, where in defined.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in COMMAND_DOORS} == {}


def functions() -> Iterator[tuple[str, str, ast.FunctionDef | ast.AsyncFunctionDef, bool]]:
    """Each function with its module, the name by which it is called, and whether it is a method."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                for inner in node.body:
                    if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
                        called = node.name if inner.name == "__init__" else inner.name
                        yield module, called, inner, True
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield module, node.name, node, False


def defaults_of(function: ast.FunctionDef | ast.AsyncFunctionDef, method: bool) -> dict[str, int | None]:
    """Parameters that have a default, with their place among positional arguments, if they have one."""
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
    positional = [*function.args.posonlyargs, *function.args.args][method and not static :]
    places = range(len(positional) - len(function.args.defaults), len(positional))
    found: dict[str, int | None] = {positional[place].arg: place for place in places}
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if default is not None:
            found[argument.arg] = None
    return found


def callee(node: ast.expr) -> str | None:
    """The last name of what is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None


@cache
def calls() -> dict[str, list[tuple[int, frozenset[str | None]]]]:
    """By the name of what is called: the number of positional arguments and the names of the others.

    An unpacked sequence counts as any number, an unpacked mapping as the name None.
    """
    found: dict[str, list[tuple[int, frozenset[str | None]]]] = defaultdict(list)
    for folder in (*TOPS, "src", "tests", "benchmarks", "examples"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call):
                    arguments, name = list(node.args), callee(node.func)
                    if name == "partial" and arguments:
                        name = callee(arguments.pop(0))
                    number = 99 if any(isinstance(a, ast.Starred) for a in arguments) else len(arguments)
                    if name is not None:
                        found[name].append((number, frozenset(k.arg for k in node.keywords)))
    return found


def is_set(called: str, parameter: str, place: int | None) -> bool:
    """Whether any call gives the parameter."""
    return any(
        parameter in keywords or None in keywords or (place is not None and number > place)
        for number, keywords in calls()[called]
    )


def test_no_default_is_there_that_no_caller_sets() -> None:
    unset = [
        f"{module}: {function.name}({parameter})"
        for module, called, function, method in functions()
        for parameter, place in defaults_of(function, method).items()
        if not is_set(called, parameter, place)
    ]
    assert unset == []


def test_functions_fit_on_a_screen() -> None:
    long = [
        f"{module}: {function.name}, {length} lines"
        for module, _, function, _ in functions()
        if (length := (function.end_lineno or 0) - function.lineno + 1) > LONGEST_FUNCTION
    ]
    assert long == []
