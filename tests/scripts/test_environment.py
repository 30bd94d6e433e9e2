import ast
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import environment
from scripts.environment import CannotSetUp, check_python, has_cpu_torch_at_hand, is_current, lock_digest, make_venv


class TestCheckPython:
    def test_an_old_python_is_refused_with_the_way_out(self):
        with pytest.raises(CannotSetUp, match=r"3\.10\.4.*PYTHON=.*\./run"):
            check_python((3, 10, 4), "./run")

    def test_this_one_will_do(self):
        check_python(tuple(sys.version_info), "./run")

    def test_the_scripts_can_be_read_by_the_old_python_that_is_to_be_told(self):
        # 3.7 is the oldest grammar that the standard library still checks; what is newer would be a SyntaxError.
        for name in ("environment.py", "run.py"):
            source = (environment.ROOT / "scripts" / name).read_text(encoding="utf-8")
            ast.parse(source, feature_version=(3, 7))


class TestIsCurrent:
    def test_a_new_environment_is_not(self, tmp_path: Path):
        lock = write_lock(tmp_path, "a==1")

        assert not is_current(lock, tmp_path)

    def test_a_stamped_one_is_until_the_lock_or_what_it_includes_changes(self, tmp_path: Path):
        base = write_lock(tmp_path, "a==1", "base.txt")
        lock = write_lock(tmp_path, "-r base.txt\nb==1")
        (tmp_path / ".installed-lock").write_text(lock_digest(lock))

        stamped = is_current(lock, tmp_path)
        base.write_text("a==2")

        assert stamped
        assert not is_current(lock, tmp_path)


class TestInstall:
    def test_a_failed_installation_is_not_stamped(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1))
        lock = write_lock(tmp_path, "a==1")

        with pytest.raises(CannotSetUp, match=r"lock\.txt"):
            environment.install(lock, tmp_path)

        assert not is_current(lock, tmp_path)


class TestMakeVenv:
    def test_a_python_without_ensurepip_is_told_which_package_it_lacks(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        failed = subprocess.CompletedProcess([], 1, stdout="ensurepip is not available", stderr="")
        monkeypatch.setattr(environment.subprocess, "run", lambda *a, **k: failed)

        with pytest.raises(CannotSetUp, match="python3-venv"):
            make_venv(tmp_path / "venv", "./run")


class TestHasCpuTorchAtHand:
    def test_a_wheel_in_a_folder_that_pip_looks_into_counts(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("PIP_FIND_LINKS", f"/nowhere {tmp_path}")
        before = has_cpu_torch_at_hand()
        (tmp_path / "torch-2.13.0+cpu-cp311-cp311-manylinux_2_28_x86_64.whl").touch()

        assert not before
        assert has_cpu_torch_at_hand()


class TestLocks:
    def test_every_version_is_exact_and_no_line_names_a_place_or_a_build(self):
        for lock in environment.ROOT.glob("requirements*.txt"):
            for line in lock.read_text().splitlines():
                if line and not line.startswith(("#", "-r ")):
                    assert line.count("==") == 1, f"{lock.name}: {line}"
                    assert not any(sign in line for sign in ("+", "@", "http", "--")), f"{lock.name}: {line}"

    def test_one_package_has_the_same_version_in_all_of_them(self):
        versions: dict[str, set[str]] = {}
        for lock in environment.ROOT.glob("requirements*.txt"):
            for line in lock.read_text().splitlines():
                if "==" in line and not line.startswith("#"):
                    name, version = line.split("==")
                    versions.setdefault(name.lower(), set()).add(version)

        assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def write_lock(folder: Path, text: str, name: str = "lock.txt") -> Path:
    path = folder / name
    path.write_text(text)
    return path
