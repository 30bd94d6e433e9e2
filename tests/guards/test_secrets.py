"""No key, token or password of anybody stands in a file of the project: what a scanner for secrets looks for first.

Weak code is looked for by ruff's `S` rules, which are bandit's. Known holes in packages are not looked for here: that
needs a service on the network (docs/administrator.md says how it is done by hand).
"""

import re
import subprocess

import pytest

from tests.guards.source import ROOT

# Built from parts, so that this file does not find itself.
KINDS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    "a secret key of age": r"AGE-SECRET-" + r"KEY-1[A-Z0-9]{50,}",
    "an access key of AWS": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})",
    "a token of GitLab": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "a token of Slack": r"\bxox[abposr]-[A-Za-z0-9-]{10,}",
    "a key of Google": r"\bAIza[A-Za-z0-9_-]{35}\b",
    "a JSON web token": r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
    "a password in an address": r"\b(?:postgres(?:ql)?|redis|https?|amqp)://[\w.-]+:(?!(?:password|secret|PASSWORD|\.\.\.)@)[^\s@/{}<>\"']{3,}@",
}
PATTERN = re.compile("|".join(f"(?P<k{number}>{pattern})" for number, pattern in enumerate(KINDS.values())).encode())


def found_in(content: bytes) -> list[str]:
    kinds = list(KINDS)
    return [kinds[int(match.lastgroup[1:])] for match in PATTERN.finditer(content) if match.lastgroup]


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    return [name for name in listed.stdout.decode().split("\0") if name]


class TestFiles:
    def test_none_holds_a_secret(self):
        files = [ROOT / name for name in tracked()] or [
            path for path in ROOT.rglob("*.py") if ".venv" not in path.parts
        ]
        assert len(files) > 100

        found = {str(path): kinds for path in files if path.is_file() and (kinds := found_in(path.read_bytes()))}
        assert found == {}


SAMPLES = (
    "-----BEGIN RSA PRIVATE " + "KEY-----",
    "AGE-SECRET-" + "KEY-1" + "Q" * 58,
    "AKIA" + "A1B2C3D4E5F6G7H8",
    "ghp_" + "a" * 36,
    "glpat-" + "a" * 20,
    "xoxb-" + "1" * 12,
    "AIza" + "a" * 35,
    "eyJ" + "a" * 12 + ".eyJ" + "b" * 12 + ".",
    "postgresql://user" + ":s3cr3t!@db/name",
)


@pytest.mark.parametrize(("kind", "sample"), list(zip(KINDS, SAMPLES, strict=True)), ids=list(KINDS))
def test_each_kind_is_found(kind, sample):
    assert found_in(f'x = "{sample}"'.encode()) == [kind]
