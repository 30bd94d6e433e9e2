import os
import subprocess
import sys

from tests.guards.source import ROOT

# Each line is one fact about a fresh process, since this one may have loaded torch for another test.
FACTS = """
import sys
from enhancement.worker import EnhanceWorker, shipped_denoiser
from readerstudy.worker import StudyWorker

print("torch" in sys.modules)
denoiser = shipped_denoiser()
print("torch" in sys.modules)
print(shipped_denoiser() is denoiser)
StudyWorker.work = lambda self, *a, **k: shipped_denoiser.cache_info().currsize
shipped_denoiser.cache_clear()
print(EnhanceWorker.work(object.__new__(EnhanceWorker)))
"""
RUN_IN_A_FORK = """
import os, signal
import numpy as np
from enhancement.core.denoise import denoise_volume
from enhancement.worker import shipped_denoiser

shipped_denoiser()
pid = os.fork()
if pid == 0:
    signal.alarm(90)  # a deadlock ends as a failure and leaves no process behind
    volume = np.random.default_rng(1).random((1, 64, 64), np.float32) * 100
    denoise_volume(volume, denoiser=shipped_denoiser())
    os._exit(0)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
"""


def run(script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        cwd=ROOT,
        # More than one thread, as on every machine with more than two cores: with one there is nothing to wait for.
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


class TestEnhanceWorker:
    def test_torch_is_loaded_with_the_weights_once_and_before_the_first_job(self):
        loaded_by_import, loaded_by_weights, same_again, loaded_when_working = run(FACTS)

        assert (loaded_by_import, loaded_by_weights, same_again) == ("False", "True", "True")
        assert loaded_when_working == "1"

    def test_a_forked_job_can_use_what_its_parent_loaded(self):
        assert run(RUN_IN_A_FORK) == ["0"]
