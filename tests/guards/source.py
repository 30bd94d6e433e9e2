"""The product's Python files as data: what each imports, where, and how long its functions are."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("readerstudy", "enhancement", "analysis")


@dataclass(frozen=True)
class Import:
    """One import: `module` absolute, `at_start` true when it happens as the file is loaded."""

    module: str
    at_start: bool
    line: int


@dataclass(frozen=True)
class Source:
    """One file of the product."""

    module: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def imports(self) -> list[Import]:
        return list(_imports_in(self.tree, self, at_start=True))

    @property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        return [n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def product_files() -> list[Source]:
    """Every Python file of the three apps, migrations left out: Django wrote those."""
    paths = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [_read(path) for path in paths if "migrations" not in path.parts]


def _read(path: Path) -> Source:
    parts = path.relative_to(ROOT).with_suffix("").parts
    is_package = parts[-1] == "__init__"
    return Source(".".join(parts[:-1] if is_package else parts), path.read_text(encoding="utf-8"), is_package)


def _imports_in(node: ast.AST, source: Source, *, at_start: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, at_start, child.lineno) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, source)
            # `from package import module` names a module, `from module import name` does not: both are given.
            yield from (Import(f"{base}.{alias.name}", at_start, child.lineno) for alias in child.names)
        else:
            inner = at_start and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports_in(child, source, at_start=inner and not _is_type_checking(child))


def _absolute(node: ast.ImportFrom, source: Source) -> str:
    if node.level == 0:
        return node.module or ""
    drop = node.level - (1 if source.is_package else 0)
    parts = source.module.split(".")
    base = parts[: len(parts) - drop]
    return ".".join([*base, node.module] if node.module else base)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
