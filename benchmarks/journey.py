"""A study's way through the running product, step by step, as its people take it: over HTTP, and by commands."""

import json
import multiprocessing
import sqlite3
import time
import zipfile
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset

from benchmarks.browserless import PASSWORD, SimulatedReader, Visitor, invite, join
from benchmarks.report import Figure
from benchmarks.stages import tell
from tests.real_stack import Stack

DATABASE = "readerstudy.sqlite3"
FILES_AT_ONCE = 3  # as static/js/upload/sender.js does
LOOK_EVERY_S = 1.0
TELL_EVERY_S = 60.0


def save_series(datasets: Sequence[Dataset], folder: Path) -> None:
    """Write the instances of one series as an export would leave them."""
    folder.mkdir(parents=True)
    for number, dataset in enumerate(datasets, start=1):
        dataset.save_as(folder / f"IM{number:04d}.dcm", enforce_file_format=True)


def open_study(stack: Stack, title: str) -> tuple[Visitor, str]:
    """A first account and its new study: the coordinator and the study's short name."""
    stack.add_administrator("coordinator", PASSWORD)
    coordinator = Visitor(stack.address).sign_in("coordinator")
    address = coordinator.submit("/studies/new/", "/studies/new/", title=title).url
    return coordinator, address.split("/studies/")[1].split("/")[0]


@dataclass(frozen=True)
class Sent:
    """What went up in one upload."""

    files: int
    size: int


def upload(coordinator: Visitor, slug: str, folder: Path) -> Sent:
    """Drop a folder onto the upload panel: begin, PUT the files, finish."""
    begun = coordinator.post_form(f"/studies/{slug}/uploads/", arm="")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    with ThreadPoolExecutor(FILES_AT_ONCE) as pool:
        sizes = list(pool.map(lambda path: _put(coordinator, begun["file_url"], path, folder), paths))
    coordinator.post_form(begun["finish_url"])
    return Sent(len(paths), sum(sizes))


def _put(coordinator: Visitor, address: str, path: Path, folder: Path) -> int:
    content = path.read_bytes()
    received = coordinator.put(address, name=str(path.relative_to(folder)), content=content)["received"]
    if received != len(content):
        raise RuntimeError(f"{received} of {len(content)} bytes of {path.name} arrived")
    return len(content)


def wait_for_worker(stack: Stack, *kinds: str, within_s: float) -> None:
    """Wait until no task of these kinds waits or runs. Raises RuntimeError where one failed."""
    deadline, told = time.monotonic() + within_s, time.monotonic()
    while time.monotonic() < deadline:
        states = task_states(stack)
        if failed := [kind for kind, state in states if state == "failed"]:
            raise RuntimeError(f"a task failed: {', '.join(failed)}")
        live = {key: count for key, count in states.items() if key[0] in kinds and key[1] in ("queued", "running")}
        if not live:
            return
        if time.monotonic() - told > TELL_EVERY_S:
            told = time.monotonic()
            tell(", ".join(f"{count} × {kind} {state}" for (kind, state), count in sorted(live.items())))
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"the worker is not done after {within_s:.0f} s")


def task_states(stack: Stack) -> dict[tuple[str, str], int]:
    """How many tasks there are of each (kind, state)."""
    rows = _look_up(stack, "SELECT kind, state, COUNT(*) FROM readerstudy_task GROUP BY kind, state")
    return {(kind, state): count for kind, state, count in rows}


def count_rows(stack: Stack, table: str, where: str = "1=1") -> int:
    return int(_look_up(stack, f"SELECT COUNT(*) FROM readerstudy_{table} WHERE {where}")[0][0])


def ready_image_sets(stack: Stack) -> int:
    return count_rows(stack, "imageset", "display_state = 'ready'")


def _look_up(stack: Stack, question: str) -> list[tuple[Any, ...]]:
    """Ask the database itself, read-only: a page or a command for each look would cost what is being measured."""
    with closing(sqlite3.connect(f"file:{stack.data_dir / DATABASE}?mode=ro", uri=True, timeout=20)) as database:
        return database.execute(question).fetchall()


def invite_readers(stack: Stack, coordinator: Visitor, slug: str, count: int) -> list[SimulatedReader]:
    numbers = range(1, count + 1)
    links = {number: invite(coordinator, slug, f"r{number}@example.org", "reader") for number in numbers}
    return [SimulatedReader(join(stack.address, links[n], f"reader-{n}"), n) for n in numbers]


def invite_statistician(stack: Stack, coordinator: Visitor, slug: str) -> Visitor:
    link = invite(coordinator, slug, "statistician@example.org", "statistician")
    return join(stack.address, link, "statistician")


def seal(coordinator: Visitor, slug: str) -> None:
    page = f"/studies/{slug}/allocation/"
    coordinator.submit(page, f"{page}seal/", reason="all images are checked")


def lock(coordinator: Visitor, slug: str) -> None:
    page = f"/studies/{slug}/close/"
    coordinator.submit(page, f"{page}lock/", reason="all pairs are read")


def unblind(coordinator: Visitor, slug: str) -> None:
    page = f"/studies/{slug}/close/"
    coordinator.submit(page, f"{page}unblind/", reason="the analysis begins")


def read_at_once(readers: Sequence[SimulatedReader]) -> list[SimulatedReader]:
    """All readers read their lists at the same time, each in a process: threads would wait for one another."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(readers), mp_context=context) as pool:
        return list(pool.map(_read_list, readers))


def _read_list(reader: SimulatedReader) -> SimulatedReader:
    reader.read_all()
    return reader


def download_bundle(statistician: Visitor, slug: str, target: Path) -> Path:
    """The analysis bundle as the results page offers it, unpacked into `target`."""
    target.mkdir(parents=True)
    packed = target.with_suffix(".zip")
    packed.write_bytes(statistician.get(f"/studies/{slug}/results/bundle.zip", accept="application/zip").content)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(target)
    return target


def analysed_again(stack: Stack, bundle: Path, target: Path) -> int:
    """Analyse the exported files by the command; the number of results that differ."""
    stack.manage(
        "analyse", str(bundle / "scores.csv"), "--allocation", str(bundle / "allocation.csv"),
        "--consistency", str(bundle / "consistency.csv"), "--image-metrics", str(bundle / "image_metrics.csv"),
        "--plan", str(bundle / "plan.json"), "--out", str(target),
    )  # fmt: skip
    first, second = (dict(_leaves(json.loads((one / "results.json").read_text()))) for one in (bundle, target))
    return sum(first.get(name) != second.get(name) for name in first.keys() | second.keys())


def _leaves(value: object, name: str = "") -> Iterable[tuple[str, object]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, f"{name}/{key}")]
    return [(name, value)]


def readings(readers: Sequence[SimulatedReader], *, wanted: int) -> list[Figure]:
    """How much was read and how quickly the server answered, all readers together."""
    first = np.concatenate([reader.first_slice_s for reader in readers]) * 1000
    saves = np.concatenate([reader.save_s for reader in readers]) * 1000
    fewest = min(reader.pairs for reader in readers)
    return [
        Figure("pairs read by each reader", fewest, "pairs", f"= {wanted}", fewest == wanted),
        *(Figure(f"first slice of a side, p{p}", round(float(np.percentile(first, p))), "ms") for p in (50, 95)),
        *(Figure(f"saving the scores, p{p}", round(float(np.percentile(saves, p))), "ms") for p in (50, 95)),
    ]


def proofs(stack: Stack, slug: str, bundle: Path, target: Path) -> list[Figure]:
    """The exported files give the same numbers again; seal, chain and checksums hold."""
    differing, failed = analysed_again(stack, bundle, target), failed_checks(stack, slug)
    return [
        Figure("numbers that differ when analysed again", differing, "numbers", "= 0", differing == 0),
        Figure("checks that fail", failed, "checks", "= 0", failed == 0),
    ]


def failed_checks(stack: Stack, slug: str) -> int:
    """Seal, chain and checksums: how many of the checks of `verify_study` fail."""
    return sum(not one["ok"] for one in json.loads(stack.manage("verify_study", slug, "--json"))["checks"])


def preference_for_enhanced_snr(bundle: Path) -> float:
    """Mean answer for SNR, FAST-DL over FAST: 3 is no difference, above it FAST-DL is better."""
    results = json.loads((bundle / "results.json").read_text())
    return float(results["cells"]["FASTDL_FAST"]["snr"]["mean_pref"])
