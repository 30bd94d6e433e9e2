"""Backup and restore as an administrator uses them: commands, on the data directory of a real installation."""

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pyrage
import pytest
from django.db.migrations.loader import MigrationLoader

from readerstudy.core.backup_file import MANIFEST, BackupWriter, read_members
from readerstudy.services.backup.make import SECRETS
from tests.postgres import HOW_TO_GET_IT, running_postgres, server_programs
from tests.real_stack import ROOT

UPLOADED = b"not parsed yet" * 99
OUR_APPS = {"readerstudy", "enhancement", "analysis"}
SLUG = "wirbelsaule"
BUILD = f"""
from readerstudy.models import Upload, UploadedFile
from readerstudy.services import allocate, close
from readerstudy.services.uploads import spool_dir
from tests.cast import add_image_set, make_cast
from tests.conftest import complete_answers, read_pair

cast = make_cast()
study, coordinator = cast.study, cast.coordinator
study.title, study.slug = "Wirbelsäule – 脊椎 “¾”", {SLUG!r}
study.save()
for number in (1, 2, 3):
    add_image_set(study, number)
allocate.seal_and_start(study, actor=coordinator, reason="a test", seed="5eed5eed5eed5eed")
study.refresh_from_db()
read_pair(study.allocations.first(), complete_answers(study))
upload = Upload.objects.create(study=study, created_by=coordinator)
file = UploadedFile.objects.create(upload=upload, size={len(UPLOADED)})
spool_dir(upload).mkdir()
(spool_dir(upload) / str(file.pk)).write_bytes({UPLOADED!r})
close.lock_study(study, actor=coordinator, reason="all read")
"""


def manage(data_dir, *arguments, **environment):
    """Run a command of an installation; returns its status and what it said."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("READERSTUDY_", "DATABASE_"))}
    own = {"READERSTUDY_DATA": str(data_dir), "DJANGO_SETTINGS_MODULE": "readerstudy.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**kept, **own, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def succeed(data_dir, *arguments, **environment):
    status, said = manage(data_dir, *arguments, **environment)
    assert status == 0, said
    return said


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A locked study with scores, an upload that waits, and names that need more than ASCII; and its backup."""
    folder = tmp_path_factory.mktemp("installation")
    succeed(folder / "data", "migrate", "-v0")
    succeed(folder / "data", "shell", "-c", BUILD)
    succeed(folder / "data", "backup", str(folder / "backup.tar"))
    return folder


@pytest.fixture
def data(built, tmp_path):
    """The installation, for a test that changes it."""
    shutil.copytree(built / "data", tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def backup(built):
    return built / "backup.tar"


def rows_in(backup):
    with backup.open("rb") as source:
        return {name: stream.read() for name, stream in read_members(source) if name.startswith("database/")}


def rewritten(backup, target, change, only=lambda name: True):
    """The same backup, well formed, of members that `only` lets pass, each as `change` makes it."""
    part = target.with_name("member")
    with target.open("wb") as sink, backup.open("rb") as source, BackupWriter(sink) as writer:
        for name, stream in read_members(source):
            if not only(name):
                continue
            part.write_bytes(change(name, stream.read()))
            with part.open("rb") as content:
                writer.add(name, content, part.stat().st_size)
    return target


def historical_models(graph, nodes):
    """The models of a release that had these migrations alone."""
    ends = [node for node in nodes if not graph.node_map[node].children & set(nodes)]
    return graph.make_state(nodes=ends, real_apps=set()).apps.get_models(include_auto_created=True)


def is_known(name, models):
    return not name.startswith("database/") or Path(name).stem in models


def only_columns(content, columns):
    lines = [json.loads(line) for line in content.splitlines()]
    places = [place for place, name in enumerate(lines[0]) if name in columns]
    return b"".join(json.dumps([line[place] for place in places]).encode() + b"\n" for line in lines)


def with_sides(name, content, sides):
    """The rows as they were when the arms and the seed stood in the database as they are."""
    more = {
        "readerstudy.allocation": {
            "left_arm_id": lambda row: sides["arms"][str(row["id"])][0],
            "right_arm_id": lambda row: sides["arms"][str(row["id"])][1],
        },
        "readerstudy.study": {"allocation_seed": lambda row: sides["seeds"][str(row["id"])]},
    }.get(Path(name).stem)
    if more is None:
        return content
    names, *rows = [json.loads(line) for line in content.splitlines()]
    lines = [[*names, *more]]
    lines += [[*row, *(value(dict(zip(names, row, strict=True))) for value in more.values())] for row in rows]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def patched(place, replacement, command, *arguments):
    """A program that runs a command while something happens at a place of the product's code."""
    return (
        "from unittest import mock; from django.core.management import call_command\n"
        f"from {place.rpartition('.')[0]} import {place.rpartition('.')[2]} as original\n"
        f"{replacement}\n"
        f"with mock.patch({place!r}, replaced): call_command({command!r}, *{arguments!r})"
    )


class TestBackup:
    def test_it_holds_every_row_but_what_a_start_makes_anew(self, data, backup):
        count = (
            "from readerstudy.services.backup.rows import kept_models\n"
            "from readerstudy.models import StoredFile\n"
            "print(sum(model._base_manager.count() for model in kept_models()), StoredFile.objects.count())"
        )
        rows, files = map(int, succeed(data, "shell", "-v0", "-c", count).split())

        held = json.loads(succeed(data, "restore", str(backup), "--check", "--json"))
        assert (held["rows"], held["files"], held["uploads"]) == (rows, files, 1)
        assert files > 0

    def test_nothing_else_stays_behind(self, built):
        assert sorted(path.name for path in built.iterdir()) == ["backup.tar", "data"]
        assert [path.name for path in (built / "data" / "uploads").iterdir() if path.name.startswith(".")] == []

    def test_it_writes_over_nothing(self, data, tmp_path):
        (tmp_path / "b.tar").write_text("mine")

        status, said = manage(data, "backup", str(tmp_path / "b.tar"))
        assert (status, "is there already" in said) == (1, True)
        assert (tmp_path / "b.tar").read_text() == "mine"

    @pytest.mark.parametrize("harm", [lambda path: path.write_bytes(b"?"), Path.unlink])
    def test_a_damaged_or_missing_file_is_not_carried_on(self, data, tmp_path, harm):
        harm(next(path for path in (data / "files").rglob("*.zip")))

        status, said = manage(data, "backup", str(tmp_path / "b.tar"))
        assert status == 1
        assert "stored file" in said or "shorter" in said
        assert [path.name for path in tmp_path.iterdir()] == ["data"]

    def test_rows_written_meanwhile_belong_to_the_next_backup(self, data, backup, tmp_path):
        meanwhile = (
            "def replaced(writer, alias):\n"
            "    from django.contrib.auth.models import Group; Group.objects.create(name='meanwhile')\n"
            "    return original(writer, alias)"
        )
        target = str(tmp_path / "b.tar")
        succeed(data, "shell", "-c", patched("readerstudy.services.backup.make._add_rows", meanwhile, "backup", target))

        assert rows_in(tmp_path / "b.tar") == rows_in(backup)
        succeed(data, "backup", str(tmp_path / "next.tar"))
        assert b"meanwhile" in rows_in(tmp_path / "next.tar")["database/auth.group.jsonl"]

    def test_an_upload_that_the_worker_takes_meanwhile_is_in_it(self, data, tmp_path):
        (upload,) = (path for path in (data / "uploads").rglob("*") if path.is_file())
        take = f"def replaced(writer):\n    import os; os.unlink({str(upload)!r})\n    return original(writer)"
        target = str(tmp_path / "b.tar")
        succeed(data, "shell", "-c", patched("readerstudy.services.backup.make._add_secrets", take, "backup", target))

        with (tmp_path / "b.tar").open("rb") as source:
            found = [stream.read() for name, stream in read_members(source) if name.startswith("uploads/")]
        assert found == [UPLOADED]


@pytest.fixture(scope="module")
def locked(built, tmp_path_factory):
    """An encrypted backup, its key, and another key."""
    folder = tmp_path_factory.mktemp("locked")
    succeed(built / "data", "backup", "--make-key", str(folder / "another"))
    said = succeed(built / "data", "backup", "--make-key", str(folder / "key"))
    public = next(word for word in said.split() if word.startswith("age1"))
    said = succeed(built / "data", "backup", str(folder / "b.age"), "--public-key", public)
    assert "1 waiting upload" in said
    return folder


class TestEncryption:
    def test_the_secret_key_is_its_owner_s(self, locked):
        assert (locked / "key").stat().st_mode & 0o777 == 0o600

    def test_without_the_key_it_says_nothing(self, built, locked):
        content = (locked / "b.age").read_bytes()

        assert b"readerstudy" not in content
        assert UPLOADED not in content
        status, said = manage(built / "data", "restore", str(locked / "b.age"), "--check")
        assert (status, "--key" in said) == (1, True)

    def test_with_the_key_it_is_the_same_backup(self, locked, backup, tmp_path):
        succeed(tmp_path / "other", "restore", str(locked / "b.age"), "--key", str(locked / "key"))

        succeed(tmp_path / "other", "backup", str(tmp_path / "again.tar"))
        assert rows_in(tmp_path / "again.tar") == rows_in(backup)

    def test_another_key_does_not_open_it(self, built, locked):
        status, said = manage(
            built / "data", "restore", str(locked / "b.age"), "--check", "--key", str(locked / "another")
        )
        assert (status, "another key" in said) == (1, True)

    @pytest.mark.parametrize("share", [0.2, 0.999])
    def test_one_that_was_cut_off_is_refused(self, built, locked, tmp_path, share):
        whole = (locked / "b.age").read_bytes()
        (tmp_path / "cut.age").write_bytes(whole[: int(len(whole) * share)])

        status, said = manage(
            built / "data", "restore", str(tmp_path / "cut.age"), "--check", "--key", str(locked / "key")
        )
        assert status == 1
        assert "CommandError: The backup" in said

    def test_what_is_no_public_key_is_refused(self, built, tmp_path):
        status, said = manage(built / "data", "backup", str(tmp_path / "b.age"), "--public-key", "age1qqq")

        assert (status, "age1" in said) == (1, True)
        assert list(tmp_path.iterdir()) == []


class TestRestore:
    def test_everything_comes_back(self, built, backup, tmp_path):
        other = tmp_path / "other"
        succeed(other, "restore", str(backup))

        succeed(other, "verify_study", SLUG)
        succeed(other, "backup", str(tmp_path / "again.tar"))
        assert rows_in(tmp_path / "again.tar") == rows_in(backup)
        assert [path.read_bytes() for path in (other / "uploads").rglob("*") if path.is_file()] == [UPLOADED]
        for name in SECRETS:
            assert (other / "secrets" / name).read_text() == (built / "data" / "secrets" / name).read_text()

        change = "from readerstudy.models import Score; Score.objects.all()._raw_delete('default')"
        status, said = manage(other, "shell", "-c", change)
        assert (status, "append-only" in said) == (1, True)
        status, said = manage(other, "restore", str(backup))
        assert (status, "not empty" in said) == (1, True)

    def test_cut_off_it_is_run_again(self, backup, tmp_path):
        full = "def replaced(*_):\n    raise OSError(28, 'No space left on device')"
        place = "readerstudy.services.backup.restore._load"
        status, said = manage(tmp_path / "other", "shell", "-c", patched(place, full, "restore", str(backup)))
        assert (status, "No space left" in said) == (1, True)

        succeed(tmp_path / "other", "restore", str(backup))
        succeed(tmp_path / "other", "verify_study", SLUG)

    def test_a_backup_of_a_newer_release_is_refused_before_anything_is_written(self, backup, tmp_path):
        def newer(name, content):
            if name != MANIFEST:
                return content
            manifest = json.loads(content)
            manifest["migrations"].append(["readerstudy", "9999_of_tomorrow"])
            return json.dumps(manifest).encode()

        changed = rewritten(backup, tmp_path / "changed.tar", newer)
        status, said = manage(tmp_path / "other", "restore", str(changed))
        assert (status, "newer release" in said) == (1, True)
        assert not (tmp_path / "other" / "files").exists()

    def test_one_of_an_older_release_is_brought_up_to_this_one(self, built, backup, tmp_path):
        """As the release before made it: its migrations, its tables, no column that came later, and sides to read."""
        tell = (
            "import json; from readerstudy.models import Allocation, Study; print(json.dumps({"
            "'arms': {one.pk: [arm.pk for arm in one.arms] for one in Allocation.everything.all()},"
            "'seeds': {one.pk: one.allocation_seed for one in Study.objects.all()}}))"
        )
        sides = json.loads(succeed(built / "data", "shell", "-v0", "-c", tell))
        (seed,) = set(sides["seeds"].values()) - {""}
        graph = MigrationLoader(None).graph
        newest = [node for node in graph.leaf_nodes() if not graph.node_map[node].children and node[0] in OUR_APPS]
        kept = [node for node in graph.nodes if node not in newest]
        models = {model._meta.label_lower: model for model in historical_models(graph, kept)}
        assert newest

        def older(name, content):
            if name == MANIFEST:
                manifest = json.loads(content)
                manifest["migrations"] = [list(node) for node in kept if list(node) in manifest["migrations"]]
                return json.dumps(manifest).encode()
            if name.startswith("database/"):
                columns = {field.attname for field in models[Path(name).stem]._meta.concrete_fields}
                return only_columns(with_sides(name, content, sides), columns)
            return content

        def was_there(name):
            return is_known(name, models) and name != "secrets/allocation"

        changed = rewritten(backup, tmp_path / "old.tar", older, only=was_there)
        succeed(tmp_path / "new", "restore", str(changed))
        succeed(tmp_path / "new", "verify_study", SLUG)
        succeed(tmp_path / "new", "migrate", "--check")
        assert json.loads(succeed(tmp_path / "new", "shell", "-v0", "-c", tell)) == sides
        assert any(seed.encode() in content for content in rows_in(changed).values())
        assert seed.encode() not in (tmp_path / "new" / "readerstudy.sqlite3").read_bytes()

    def test_a_key_of_the_environment_that_is_not_the_data_s_is_told(self, backup, tmp_path):
        said = succeed(tmp_path / "o", "restore", str(backup), READERSTUDY_DEIDENTIFICATION_KEY=uuid.uuid4().hex)

        assert "not the key of this data" in said

    def test_so_is_another_allocation_key(self, backup, tmp_path):
        key = str(pyrage.x25519.Identity.generate())
        said = succeed(tmp_path / "o", "restore", str(backup), "--check", READERSTUDY_ALLOCATION_KEY=key)

        assert "READERSTUDY_ALLOCATION_KEY is not the key of this data" in said

    def test_onto_postgresql_and_back(self, backup, tmp_path):
        programs = server_programs()
        if programs is None:
            pytest.skip(HOW_TO_GET_IT)
        again, there = tmp_path / "again.tar", tmp_path / "there"
        with running_postgres(programs) as url:
            succeed(there, "restore", str(backup), DATABASE_URL=url)
            succeed(there, "verify_study", SLUG, DATABASE_URL=url)
            next_row = "from tests.cast import person; person('the next')"
            succeed(there, "shell", "-c", next_row, DATABASE_URL=url)
            succeed(there, "backup", str(again), DATABASE_URL=url)
        succeed(tmp_path / "third", "restore", str(again))
        succeed(tmp_path / "third", "verify_study", SLUG)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "no whole backup"), (b"PK\x03\x04" * 400, "no whole backup"), (b"\0" * 10240, "too early")],
)
def test_what_is_no_backup_is_refused(built, tmp_path, content, reason):
    (tmp_path / "b.tar").write_bytes(content)

    status, said = manage(built / "data", "restore", str(tmp_path / "b.tar"), "--check")
    assert status == 1
    assert reason in said
