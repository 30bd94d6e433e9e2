"""Where files go: study files that are whole or absent, and static files under hashed names."""

import os
import re
import tempfile
from pathlib import Path

import minify
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage


class AtomicFileSystemStorage(FileSystemStorage):
    """A file appears under its name only when every byte of it is on the disk.

    Django's own storage writes in place: a worker killed half-way leaves a short file that looks whole.
    """

    def _save(self, name: str, content: File) -> str:
        target = Path(self.path(name))
        self._make_folder(target.parent)
        part = self._write_beside(target, content)
        try:
            name = self._publish(part, name)
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(target.parent)
        return name.replace("\\", "/")

    def _make_folder(self, folder: Path) -> None:
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        mode = self.directory_permissions_mode
        folder.mkdir(mode=0o777 if mode is None else mode, exist_ok=True)
        _sync_folder(folder.parent)

    def _write_beside(self, target: Path, content: File) -> Path:
        """Write to a hidden file in the same folder: a rename is atomic within one file system only."""
        descriptor, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk.encode() if isinstance(chunk, str) else chunk)
                file.flush()
                os.fsync(file.fileno())
            if self.file_permissions_mode is not None:
                os.chmod(part, self.file_permissions_mode)
        except BaseException:
            os.unlink(part)
            raise
        return Path(part)

    def _publish(self, part: Path, name: str) -> str:
        """Give the finished file its name. A link, unlike a rename, never replaces another's file."""
        if self._allow_overwrite:
            os.replace(part, self.path(name))
            return name
        while True:
            try:
                os.link(part, self.path(name))
                return name
            except FileExistsError:
                name = self.get_available_name(name)


# Statements at the start of a line, and `await import("./x.js")`. Django's own patterns also match
# `import("./x.js").Type` in JSDoc, where circles are legal and the hashes would never settle.
STATEMENT = r"""^(?:import|export)\b[^;"'`]*?\bfrom\s*["']|^import\s*["']|\bawait import\(["']"""
MODULE_PATH = rf"""(?m)(?P<matched>(?P<head>{STATEMENT})(?P<url>\.{{1,2}}/[^"'\n]+)(?P<tail>["']))"""


# Half of what we write is for people who read it; what is served has the same statements, short names inside of them,
# and no comments. Only hashed files are: the paths of imports are found in the text as it was written.
MINIFIED = {"js/": "application/javascript", "css/": "text/css"}
HASHED = re.compile(r"\.[0-9a-f]{12}\.(?:js|css)$")


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Hashed names for our ES modules too: the paths in their `import` statements are rewritten.

    Our own scripts and styles are written without comments and blanks; the files in static/ stay as they are.
    """

    # Only ours: the modules in other packages import what those packages do not ship.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", ((MODULE_PATH, "%(head)s%(url)s%(tail)s"),)),
    )
    # One pass settles one level of imports; Django's default of 5 is too few for modules that import modules.
    max_post_process_passes = 20

    def _save(self, name: str, content: File) -> str:
        kind = next((kind for folder, kind in MINIFIED.items() if name.startswith(folder)), None)
        if kind and HASHED.search(name):
            content.seek(0)  # its hash was just taken
            content = ContentFile(minify.string(kind, content.read().decode("utf-8")).encode("utf-8"))
        return str(super()._save(name, content))


def _sync_folder(folder: Path) -> None:
    """After a power cut a name survives only if its folder was written too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
