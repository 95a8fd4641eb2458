"""The stubs say what the functions and classes are."""

import ast
import importlib
import inspect
import pathlib

import pytest

import lookalike

FOLDER = pathlib.Path(lookalike.__file__).parent


def parameters(arguments):
    """Name, whether it is by keyword only, and default of each parameter of a stub."""
    names = arguments.args
    defaults = [None] * (len(names) - len(arguments.defaults)) + arguments.defaults
    yield from ((a.arg, False, default) for a, default in zip(names, defaults))
    yield from ((a.arg, True, default) for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults))


def check(stub, function, where):
    runtime = inspect.signature(function).parameters.values()
    runtime = [p for p in runtime if p.kind is not p.VAR_KEYWORD]
    stubbed = list(parameters(stub.args))
    assert [name for name, _, _ in stubbed] == [p.name for p in runtime], where
    for (name, is_keyword, default), p in zip(stubbed, runtime):
        assert is_keyword == (p.kind is p.KEYWORD_ONLY), f"{where}: {name}"
        assert (default is None) == (p.default is p.empty), f"{where}: {name}"
        if isinstance(default, ast.Constant) and default.value is not ...:
            assert default.value == p.default, f"{where}: {name}"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("[a-z]*.pyi")), ids=lambda path: path.stem)
def test_stubs_are_true(path):
    module = importlib.import_module(f"lookalike.{path.stem}")
    public = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            public.add(node.name)
            check(node, getattr(module, node.name), node.name)
        elif isinstance(node, ast.ClassDef):
            public.add(node.name)
            cls = getattr(module, node.name)
            for method in node.body:
                if isinstance(method, ast.FunctionDef):
                    where = f"{node.name}.{method.name}"
                    check(method, getattr(cls, method.name), where)
    assert public == set(module.__all__)
