import json
import os
from pathlib import Path

import minify
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.test import override_settings

from readerstudy import storage as storage_module
from readerstudy.storage import AtomicFileSystemStorage, ModuleManifestStorage


class Failing(ContentFile):
    """A source that ends before all of it was read."""

    def chunks(self, chunk_size=None):
        yield b"first half"
        raise OSError("the source went away")


def read(storage: FileSystemStorage, name: str) -> bytes:
    return Path(storage.path(name)).read_bytes()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class TestAtomicFileSystemStorage:
    def test_what_is_saved_is_read_back_and_nothing_else_is_left(self, tmp_path: Path):
        storage = AtomicFileSystemStorage(location=tmp_path)

        name = storage.save("P001/soc/1.dcm", ContentFile(b"bytes"))

        assert name == "P001/soc/1.dcm"
        assert read(storage, name) == b"bytes"
        assert files_in(tmp_path) == ["1.dcm"]

    def test_a_source_that_fails_leaves_no_file_under_any_name(self, tmp_path: Path):
        storage = AtomicFileSystemStorage(location=tmp_path)

        with pytest.raises(OSError, match="went away"):
            storage.save("1.dcm", Failing(b""))

        assert files_in(tmp_path) == []

    def test_the_name_appears_only_after_the_bytes_are_on_the_disk(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        seen: list[tuple[list[str], int]] = []
        real_fsync = os.fsync

        def fsync(descriptor: int) -> None:
            seen.append((files_in(tmp_path), os.fstat(descriptor).st_size))
            real_fsync(descriptor)

        monkeypatch.setattr(storage_module.os, "fsync", fsync)
        AtomicFileSystemStorage(location=tmp_path).save("1.dcm", ContentFile(b"bytes"))

        names, size = seen[0]
        assert "1.dcm" not in names
        assert size == len(b"bytes")

    def test_a_taken_name_is_never_replaced(self, tmp_path: Path):
        storage = AtomicFileSystemStorage(location=tmp_path)
        first = storage.save("1.dcm", ContentFile(b"first"))

        second = storage.save("1.dcm", ContentFile(b"second"))

        assert second != first
        assert read(storage, first) == b"first"
        assert read(storage, second) == b"second"

    def test_a_name_that_is_taken_meanwhile_is_not_replaced_either(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        storage = AtomicFileSystemStorage(location=tmp_path)
        (tmp_path / "1.dcm").write_bytes(b"another process was first")

        name = storage._save("1.dcm", ContentFile(b"late"))

        assert (tmp_path / "1.dcm").read_bytes() == b"another process was first"
        assert read(storage, name) == b"late"

    def test_it_replaces_in_one_step_where_that_is_asked_for(self, tmp_path: Path):
        storage = AtomicFileSystemStorage(location=tmp_path, allow_overwrite=True)
        storage.save("1.dcm", ContentFile(b"first"))

        name = storage.save("1.dcm", ContentFile(b"second"))

        assert name == "1.dcm"
        assert read(storage, name) == b"second"
        assert files_in(tmp_path) == ["1.dcm"]

    def test_text_and_large_files_are_written_whole(self, tmp_path: Path):
        storage = AtomicFileSystemStorage(location=tmp_path)
        large = os.urandom(200_000)

        assert read(storage, storage.save("a.txt", ContentFile("µ"))) == "µ".encode()
        assert read(storage, storage.save("a.bin", ContentFile(large))) == large

    def test_permissions_are_those_of_django(self, tmp_path: Path):
        ours = AtomicFileSystemStorage(location=tmp_path / "ours")
        django = FileSystemStorage(location=tmp_path / "django")
        for storage in (ours, django):
            storage.save("folder/1.dcm", ContentFile(b"bytes"))

        modes = [os.stat(storage.path("folder/1.dcm")).st_mode for storage in (ours, django)]

        assert modes[0] == modes[1]


@pytest.fixture
def collected(tmp_path: Path):
    """Collects sources under the names given, as `collectstatic` does, and returns the hashed files' texts."""

    def collect(files: dict[str, str]) -> dict[str, str]:
        storage = ModuleManifestStorage(location=tmp_path, base_url="/static/")
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        for _, _, processed in storage.post_process({name: (storage, name) for name in files}):
            if isinstance(processed, Exception):
                raise processed
        manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
        return {name: (tmp_path / manifest[name]).read_text() for name in files} | {"manifest": manifest}

    with override_settings(DEBUG=False, STATIC_ROOT=tmp_path):
        yield collect


class TestModuleManifestStorage:
    def test_each_way_to_import_a_module_names_its_hashed_file(self, collected):
        main = (
            'import { a,\n  b } from "./part.js";\nimport * as all from "./part.js";\nimport "./part.js";\n'
            'export { a } from "./part.js";\nconst late = await import("./part.js");\n'
        )

        result = collected({"js/main.js": main, "js/part.js": "export const a = 1, b = 2;\n"})

        hashed = Path(result["manifest"]["js/part.js"]).name
        assert result["js/main.js"] == minify.string("application/javascript", main.replace("part.js", hashed))

    def test_a_change_deep_down_changes_every_name_above_it(self, collected):
        def chain(last: str) -> dict[str, str]:
            links = {f"js/m{n}.js": f'import "./m{n + 1}.js";\n' for n in range(12)}
            return {**links, "js/m12.js": last}

        before = collected(chain("export const a = 1;\n"))["manifest"]
        after = collected(chain("export const a = 2;\n"))["manifest"]

        assert all(before[name] != after[name] for name in chain(""))

    def test_types_that_refer_to_each_other_in_comments_are_left_alone(self, collected):
        one = '/** @typedef {import("./two.js").Two} Two */\nexport const one = 1;\n'
        two = '/** @typedef {import("./one.js").One} One */\nimport { one } from "./one.js";\n'

        result = collected({"js/one.js": one, "js/two.js": two})

        assert result["js/one.js"] == "export const one=1"
        assert set(result["manifest"]) == {"js/one.js", "js/two.js"}

    def test_what_is_served_has_no_comments_and_the_same_words(self, collected):
        script = "/** Explains. */\nexport const words = `two  words // ${1 + 1}`; // why\n"
        style = "/* why */\n.bar {\n  color: red;\n}\n"

        result = collected({"js/one.js": script, "css/one.css": style})

        assert result["js/one.js"] == "export const words=`two  words // ${1+1}`"
        assert result["css/one.css"] == ".bar{color:red}"

    def test_a_module_that_does_not_exist_stops_the_release(self, collected):
        with pytest.raises(ValueError, match="missing"):
            collected({"js/main.js": 'import "./missing.js";\n'})

    def test_modules_of_other_packages_are_left_alone(self, collected):
        foreign = 'import htmx from "./not-shipped.js";\n'

        assert collected({"django_htmx/ext.js": foreign})["django_htmx/ext.js"] == foreign
