"""Ask an archive in a process of its own: what it answers is parsed there, within limits of time and memory.

The web process reads the short, clean JSON that comes back. What was found goes through a pipe and is written nowhere.
`python -m readerstudy.remote.ask` reads one request from the standard input; credentials stand in it, so that no list
of processes shows them.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from readerstudy.core.archives import Archive, ArchiveTrouble, Language
from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.found import Found, Question

WITHIN_S = 40.0
MEMORY = 1024 * 1024 * 1024
LONGEST_REPLY = 8 * 1024 * 1024
PROJECT = Path(__file__).resolve().parents[2]


def ask(archive: Archive, question: Question, *, our_title: str) -> Found:
    """What the archive has. Raises ArchiveTrouble."""
    request = {"archive": asdict(archive), "question": question.to_json(), "our_title": our_title}
    command = [sys.executable, "-W", "ignore", "-m", "readerstudy.remote.ask"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("READERSTUDY_")}
    try:
        done = subprocess.run(  # noqa: S603 (our own program; the request comes by the standard input)
            command,
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback could quote an answer
            cwd=PROJECT,
            env=environment,
            timeout=WITHIN_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ArchiveTrouble(f"The archive '{archive.name}' does not answer in time. Search for less.") from error
    return _understood(archive, done.stdout)


def _understood(archive: Archive, reply: bytes) -> Found:
    try:
        values = json.loads(reply) if len(reply) <= LONGEST_REPLY else {}
    except ValueError:
        values = {}
    if "trouble" in values:
        raise ArchiveTrouble(str(values["trouble"]))
    if "found" not in values:
        raise ArchiveTrouble(f"The archive '{archive.name}' answers something that cannot be read.")
    return Found.from_json(values["found"])


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What the child says: `found`, or `trouble` in words of ours."""
    archive = Archive(**{**request["archive"], "language": Language(request["archive"]["language"])})
    question = Question.from_json(request["question"])
    try:
        return {"found": search(archive, question, our_title=request["our_title"]).to_json()}
    except ReaderStudyError as error:
        return {"trouble": str(error)}


def search(archive: Archive, question: Question, *, our_title: str) -> Found:
    """Here and now, in this process. Raises ArchiveTrouble."""
    if archive.language is Language.WEB:
        from readerstudy.remote import dicomweb  # each language is loaded where it is spoken

        return dicomweb.search(archive, question)
    from readerstudy.remote import dimse

    dimse.silence()
    return dimse.search(archive, question, our_title=our_title)


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    json.dump(answer(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main()
