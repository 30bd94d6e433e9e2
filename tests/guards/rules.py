"""The rules of the house as functions: source files in, complaints out. Each is tried on a bad sample too."""

import ast
import re
from collections.abc import Iterable

from tests.guards.source import APPS, Import, Source

# Imports point inwards: a file may import its own rank and lower ones.
RANKS = {
    "core": 0,
    "catalogue": 0,
    "remote": 0,
    "supervisor": 0,
    "queue_server": 0,
    "request_seconds": 0,
    "secret_keys": 0,
    "side_key": 0,
    "storage": 0,
    "models": 1,
    "standard_words": 1,
    "access": 2,
    "queries": 2,
    "queries_closing": 2,
    "queries_images": 2,
    "queries_reading": 2,
    "queries_results": 2,
    "queries_training": 2,
    "services": 3,
    "admin": 4,
    "api": 4,
    "api_answers": 4,
    "api_results": 4,
    "api_schemas": 4,
    "forms": 4,
    "forms_account": 4,
    "forms_closing": 4,
    "forms_fetching": 4,
    "forms_sending": 4,
    "jobs": 4,
    "management": 4,
    "processes": 4,
    "receiver": 4,
    "templatetags": 4,
    "views": 4,
    "views_conduct": 4,
    "views_plan": 4,
    "views_power": 4,
    "views_tokens": 4,
    "views_figures": 4,
    "views_report": 4,
    "worker": 4,
    "api_urls": 5,
    "apps": 5,
    "checks": 5,
    "settings": 5,
    "study_urls": 5,
    "urls": 5,
    "wsgi": 5,
}
MAY_IMPORT = {
    "readerstudy": {"readerstudy"},
    "enhancement": {"enhancement", "readerstudy"},
    "analysis": {"analysis", "readerstudy"},
}
OUTSIDE_CORE = {"django", "django_rq", "redis", "rq", "random", "secrets", "celery", "requests"}
# What of numpy.random takes a seed, and so hides nothing.
SEEDED = {"default_rng", "Generator", "SeedSequence", "PCG64", "Philox"}
# Training pairs run through the station and the training itself; nothing else asks for them.
TRAINS = {
    "readerstudy.queries_training", "readerstudy.services.training", "readerstudy.services.score",
    "readerstudy.services.viewing", "readerstudy.views.reading", "readerstudy.views.pixels",
    "readerstudy.views.training", "readerstudy.views.display_check",
}  # fmt: skip
# `Allocation.everything`; or a lookup that goes round the managers: start from `reading__in=Reading.objects…` instead.
ASKS_FOR_TRAINING = re.compile(r"\.everything\b|reading__allocation__\w+=")
LONGEST_FUNCTION = 60
LONGEST_FILE = 400


def topic(module: str) -> str:
    """The second word of a module's name: `services` of `readerstudy.services.close`."""
    return [*module.split("."), ""][1]


def _is(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def unknown_topics(sources: Iterable[Source]) -> list[str]:
    """Files whose place in the house is not decided."""
    return [source.module for source in sources if topic(source.module) not in {*RANKS, ""}]


def outward_imports(sources: Iterable[Source]) -> list[str]:
    """Imports from an outer layer, within an app or across apps."""
    return [
        f"{source.module}:{found.line} ({topic(source.module)}) imports {found.module}"
        for source in sources
        for found in source.imports
        if _points_outwards(source, found)
    ]


def _points_outwards(source: Source, found: Import) -> bool:
    if found.module.split(".")[0] not in APPS:
        return False
    mine, theirs = RANKS.get(topic(source.module)), RANKS.get(topic(found.module))
    return mine is not None and theirs is not None and theirs > mine


def forbidden_apps(sources: Iterable[Source]) -> list[str]:
    """Imports of an app that may not be known here: readerstudy knows neither of the others."""
    return [
        f"{source.module}:{found.line} imports {found.module}"
        for source in sources
        for found in source.imports
        if (app := found.module.split(".")[0]) in APPS and app not in MAY_IMPORT[source.module.split(".")[0]]
    ]


def impure_core(sources: Iterable[Source]) -> list[str]:
    """Imports in a core that bring Django, the queue or global randomness with them."""
    return [
        f"{source.module}:{found.line} imports {found.module}"
        for source in sources
        if topic(source.module) == "core"
        for found in source.imports
        if found.module.split(".")[0] in OUTSIDE_CORE
    ]


def global_randomness(sources: Iterable[Source]) -> list[str]:
    """Uses of numpy's hidden generator, of random UUIDs, or of the clock in a core: all three are passed in."""
    forbidden = ("datetime.now", "datetime.today", "datetime.utcnow", "date.today", "uuid4", "time.time")
    return [
        f"{source.module}:{node.lineno} calls {name}"
        for source in sources
        if topic(source.module) == "core"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        and ((name := ast.unparse(node.func)).endswith(forbidden) or _is_hidden_generator(name))
    ]


def _is_hidden_generator(name: str) -> bool:
    function = re.search(r"\b(?:np|numpy)\.random\.(\w+)", name)
    return function is not None and function[1] not in SEEDED


def torch_in_the_web(sources: Iterable[Source]) -> list[str]:
    """torch outside enhancement; or loaded with the file anywhere but in enhancement's core."""
    return [
        f"{source.module}:{found.line}"
        for source in sources
        for found in source.imports
        if _is(found.module, "torch") and not _may_load_torch(source, found)
    ]


def _may_load_torch(source: Source, found: Import) -> bool:
    if not _is(source.module, "enhancement"):
        return False
    return topic(source.module) == "core" or not found.at_start


def long_functions(sources: Iterable[Source]) -> list[str]:
    """Functions in which a second function hides; what is documented at length is not what is meant."""
    return [
        f"{source.module}.{function.name}: {length} lines"
        for source in sources
        for function in source.functions
        if (length := _code_lines(function)) > LONGEST_FUNCTION
    ]


def _code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (function.end_lineno or 0) - function.lineno + 1
    documented = ast.get_docstring(function, clean=False)
    return lines - len(documented.splitlines()) if documented else lines


def long_files(sources: Iterable[Source]) -> list[str]:
    """Files that are two topics."""
    return [
        f"{source.module}: {length} lines"
        for source in sources
        if (length := len(source.text.splitlines())) > LONGEST_FILE
    ]


def training_that_counts(sources: Iterable[Source]) -> list[str]:
    """Queries that would bring training pairs into something that counts."""
    return [
        f"{source.module}:{number}"
        for source in sources
        if source.module not in TRAINS
        for number, line in enumerate(source.text.splitlines(), start=1)
        if ASKS_FOR_TRAINING.search(line)
    ]
