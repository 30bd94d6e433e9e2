"""The canonical JSON of results: the same results give the same bytes."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def canonical(value: Any) -> Any:
    """Plain Python values: None for NaN and infinity, whole numbers as int, no -0.0, tuples as lists."""
    if isinstance(value, Mapping):
        return {str(name): canonical(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(item) for item in value]
    if isinstance(value, np.generic):
        return canonical(value.item())
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return value


def to_json(results: Mapping[str, Any]) -> str:
    """Sorted keys, UTF-8, floats in the shortest form that reads back bit for bit (at most 17 digits)."""
    return json.dumps(canonical(results), sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, results: Mapping[str, Any]) -> None:
    Path(path).write_text(to_json(results), encoding="utf-8", newline="\n")
