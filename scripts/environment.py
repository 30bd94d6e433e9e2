"""The virtual environment that both commands use: made once, renewed when a lock file changes.

Standard library only, and readable by old Pythons too, so that the message about the version can be shown.
"""

import glob
import hashlib
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)

TOO_OLD = "Python 3.11 or newer is needed, this is {found}. Name another one: PYTHON=/path/to/python3.11 {command}"
NO_VENV = (
    "This Python cannot make virtual environments. On Debian or Ubuntu an administrator installs the "
    "package python3-venv; or name another Python: PYTHON=/path/to/python3 {command}"
)
LARGE_TORCH = (
    "Note: PyTorch's usual build for Linux on x86_64 brings NVIDIA's libraries: several gigabytes to fetch\n"
    "and to keep. Without an NVIDIA GPU its CPU build (about 0.2 GB to fetch) is enough: stop here,\n"
    "fetch that wheel, and start again with PIP_FIND_LINKS=/folder/of/the/wheel"
)


class CannotSetUp(Exception):
    """The environment cannot be made; the message says what to do."""


def python_in(venv: Path) -> Path:
    """The environment's own interpreter."""
    return venv / "bin" / "python"


def check_python(version: "tuple[int, ...]", command: str) -> None:
    """Refuse a Python that the locked packages do not support."""
    if tuple(version[:2]) < OLDEST:
        found = ".".join(str(part) for part in version[:3])
        raise CannotSetUp(TOO_OLD.format(found=found, command=command))


def lock_digest(lock: Path) -> str:
    """What stamps an environment: the lock file, all that it includes, and the Python that it is for."""
    text = lock.read_text(encoding="utf-8")
    digest = hashlib.sha256(text.encode())
    for line in text.splitlines():
        if line.startswith("-r "):
            digest.update(lock_digest(lock.parent / line[3:].strip()).encode())
    digest.update(sys.version.encode())
    return digest.hexdigest()


def is_current(lock: Path, venv: Path = VENV) -> bool:
    """True when this very lock was installed completely before."""
    stamp = venv / f".installed-{lock.stem}"
    return stamp.is_file() and stamp.read_text() == lock_digest(lock)


def has_cpu_torch_at_hand() -> bool:
    """True when pip will find a CPU build of PyTorch before it asks the registry."""
    folders = os.environ.get("PIP_FIND_LINKS", "").split()
    return any(glob.glob(os.path.join(folder, "torch-*+cpu-*.whl")) for folder in folders)


def needs_torch_note(venv: Path = VENV) -> bool:
    """Only Linux on x86_64 gets the large build, and only a first installation fetches it."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return False
    installed = glob.glob(str(venv / "lib" / "python*" / "site-packages" / "torch"))
    return not installed and not has_cpu_torch_at_hand()


def make_venv(venv: Path, command: str) -> None:
    """Create the environment with pip in it."""
    if python_in(venv).exists():
        return
    print(f"Creating {venv.name} ...", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True)
    if made.returncode != 0:
        # Debian's python3 has `venv` but not `ensurepip`, and says so on stdout only.
        print(made.stdout + made.stderr, file=sys.stderr)
        raise CannotSetUp(NO_VENV.format(command=command))


def install(lock: Path, venv: Path = VENV) -> None:
    """Install one lock file and stamp the environment with it."""
    if needs_torch_note(venv):
        print(LARGE_TORCH, flush=True)
    print(f"Installing {lock.name} (first start, or the lock changed; a few minutes) ...", flush=True)
    pip = [str(python_in(venv)), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if subprocess.run([*pip, "-r", str(lock)]).returncode != 0:
        raise CannotSetUp(f"pip could not install {lock.name}: its message is above.")
    (venv / f".installed-{lock.stem}").write_text(lock_digest(lock))


def compile_texts(venv: Path = VENV) -> None:
    """Make the catalogues of translated texts that Django reads."""
    if subprocess.run([str(python_in(venv)), "-m", "readerstudy.catalogue"], cwd=ROOT).returncode != 0:
        raise CannotSetUp("The translated texts could not be compiled: the message is above.")


def prepare(*lock_names: str, command: str) -> Path:
    """Make sure of the environment and return its interpreter. Raises CannotSetUp."""
    check_python(tuple(sys.version_info), command)
    make_venv(VENV, command)
    for name in lock_names:
        lock = ROOT / name
        if not is_current(lock):
            install(lock)
    compile_texts()
    return python_in(VENV)
