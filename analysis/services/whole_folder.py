"""Files that come into a folder together, when all of them are written, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """
    A folder to write into, beside the wanted one; what is in it moves there when the block ends well.

    `folder` is made where it is missing; files of the same name are replaced one by one, each whole. Nothing of it is
    changed when the block raises, when the disk is full, or when a file would have to replace a folder. A killed
    process leaves a hidden folder `.unfinished-…` and nothing else. Raises OSError.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "there is a file of this name", str(folder))
    # On the same disk, or the files could not be moved: in the folder, or in the nearest one above that is there.
    beside = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    scratch = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=beside))
    try:
        yield scratch
        _move(scratch, folder)
    finally:
        shutil.rmtree(scratch)


def _move(scratch: Path, folder: Path) -> None:
    made = sorted(path.relative_to(scratch) for path in scratch.rglob("*"))
    for path in made:
        wrong = (folder / path).exists() and (folder / path).is_dir() != (scratch / path).is_dir()
        if wrong:
            raise FileExistsError(17, "something else has the name of a file to be written", str(folder / path))
    for path in made:
        if (scratch / path).is_dir():
            (folder / path).mkdir(parents=True, exist_ok=True)
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(scratch / path, folder / path)
