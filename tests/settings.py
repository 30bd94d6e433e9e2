"""The product's settings over a data directory of this test run alone."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="readerstudy-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["READERSTUDY_DATA"] = _folder
# A test that needs a queue server starts its own; nothing may reach one that runs for somebody else.
os.environ["REDIS_URL"] = f"unix://{_folder}/no-queue.sock?db=0"

from readerstudy.catalogue import compile_catalogues  # noqa: E402
from readerstudy.settings import *  # noqa: E402, F403

compile_catalogues()

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
