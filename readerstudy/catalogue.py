"""The catalogues of translated texts: `locale/<language>/LC_MESSAGES/django.po` is kept, the `.mo` beside it is made.

`python -m readerstudy.catalogue` makes them. Both commands of this product and `manage.py serve` do so at their start,
with Babel, because the `msgfmt` of GNU gettext is missing on many machines.
"""

import io
import os
import tempfile
from pathlib import Path

LOCALE_DIR = Path(__file__).resolve().parent.parent / "locale"


class CannotCompile(Exception):
    """A compiled catalogue is missing or old, and its folder takes no new one."""


def compile_catalogues(folder: Path = LOCALE_DIR) -> list[Path]:
    """Write every `.mo` that is missing or differs from its `.po`; returns what was written. Raises CannotCompile."""
    return [written for po in sorted(folder.glob("*/LC_MESSAGES/*.po")) if (written := _compile(po))]


def _compile(po: Path) -> Path | None:
    mo, content = po.with_suffix(".mo"), _compiled(po)
    if mo.is_file() and mo.read_bytes() == content:
        return None
    try:
        _replace(mo, content)
    except OSError as error:
        raise CannotCompile(
            f"{mo} cannot be written ({error.strerror}). Let somebody who may write there run, in the folder above "
            "it all: .venv/bin/python -m readerstudy.catalogue"
        ) from error
    return mo


def _compiled(po: Path) -> bytes:
    from babel.messages import mofile, pofile  # a fifth of a second that only this needs

    with po.open("rb") as source:
        catalogue = pofile.read_po(source)
    content = io.BytesIO()
    mofile.write_mo(content, catalogue)
    return content.getvalue()


def _replace(target: Path, content: bytes) -> None:
    """Whole or not at all: several processes may do this at the same time."""
    descriptor, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        os.chmod(part, 0o644)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise


if __name__ == "__main__":
    for made in compile_catalogues():
        print(f"Compiled {made.relative_to(LOCALE_DIR.parent)}")
