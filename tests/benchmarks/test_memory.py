import os
import subprocess
import sys

import pytest

from benchmarks.memory import PROC, PeakMemory, descendants, named_mib, tree_mib

pytestmark = pytest.mark.skipif(not (PROC / "self" / "smaps_rollup").exists(), reason="needs the /proc of Linux")
HOLD_80_MIB = "import sys; held = bytearray(b'x') * (80 << 20); print('ready', flush=True); sys.stdin.read()"


class TestDescendants:
    def test_it_finds_children_of_children_and_no_strangers(self):
        parents = {10: 1, 11: 10, 12: 11, 20: 1, 21: 20}

        assert sorted(descendants(10, parents)) == [10, 11, 12]


class TestTreeMib:
    def test_a_child_counts(self):
        before = tree_mib(os.getpid())
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_80_MIB], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            child.stdout.readline()

            grown = tree_mib(os.getpid()) - before
            child.stdin.close()

        assert 70 < grown < 200


class TestNamedMib:
    def test_only_processes_with_the_word_count(self):
        with subprocess.Popen(
            [sys.executable, "-c", HOLD_80_MIB, "--type=renderer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            child.stdout.readline()

            held, others = named_mib(os.getpid(), "--type=renderer"), named_mib(os.getpid(), "--type=gpu")
            child.stdin.close()

        assert 70 < held < 200
        assert others == 0


class TestPeakMemory:
    def test_it_keeps_the_largest_sum(self):
        with PeakMemory(os.getpid()) as memory:
            pass

        assert memory.peak_mib > 10
