"""All settings. Every environment variable is read here, once, and documented in `.env.example`.

An unreadable value stops the start: nothing falls back silently.
"""

import os
import re
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from readerstudy import queue_server
from readerstudy.catalogue import LOCALE_DIR
from readerstudy.core.archives import Language, parse_archives
from readerstudy.core.errors import BadSetting
from readerstudy.core.peers import is_our_title, parse_allow_list
from readerstudy.secret_keys import age_key, is_age_key, read_or_create_secret

BASE_DIR = Path(__file__).resolve().parent.parent


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def boolean(name: str, default: bool) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def number(name: str, default: int) -> int:
    value = text(name) or str(default)
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def guarded(name: str, default: int, *, strictest: int) -> int:
    """A limit of security. In production it may lie between the default and `strictest`, and never beyond either."""
    value, (least, most) = number(name, default), sorted((default, strictest))
    if PRODUCTION and not least <= value <= most:
        raise ImproperlyConfigured(
            f"{name}={value} is refused: with READERSTUDY_HTTPS=1 it can be made stricter but not weaker "
            f"than {default}. Set it to a number from {least} to {most}, or leave it out."
        )
    if value < 1:
        raise ImproperlyConfigured(f"{name} must be at least 1, not {value}.")
    return value


def second_factor_for(groups: list[str]) -> frozenset[str]:
    """The groups whose members need a second factor. Raises ImproperlyConfigured for fewer than production needs."""
    needed = {"coordinators", "administrators"} if PRODUCTION else set()
    chosen = set(groups) or needed
    if unknown := chosen - {"coordinators", "administrators", "everybody"}:
        raise ImproperlyConfigured(
            "READERSTUDY_SECOND_FACTOR_FOR must name coordinators, administrators or everybody, separated by commas, "
            f"not {sorted(unknown)[0]!r}."
        )
    if not (needed <= chosen or "everybody" in chosen):
        raise ImproperlyConfigured(
            "READERSTUDY_SECOND_FACTOR_FOR is refused: with READERSTUDY_HTTPS=1 coordinators and administrators need "
            "a second factor. Leave it out, or set it to everybody."
        )
    return frozenset(chosen)


# Where everything is kept: database, images, queue, secrets.
DATA_DIR = Path(text("READERSTUDY_DATA") or BASE_DIR / "var").expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

SECRET_KEY = text("READERSTUDY_SECRET_KEY") or read_or_create_secret(DATA_DIR / "secrets" / "django")
# Pseudonyms, UIDs and date shifts hang on this key: it must be backed up with the data and never change.
DEIDENTIFICATION_KEY = text("READERSTUDY_DEIDENTIFICATION_KEY") or read_or_create_secret(
    DATA_DIR / "secrets" / "deidentification"
)
# One that the environment sets is not in a backup.
DEIDENTIFICATION_KEY_IS_OURS = not text("READERSTUDY_DEIDENTIFICATION_KEY")
# Encrypts the secrets of authenticator apps: the database alone, or a copy of it, signs nobody in.
SECOND_FACTOR_KEY = text("READERSTUDY_SECOND_FACTOR_KEY") or read_or_create_secret(
    DATA_DIR / "secrets" / "second_factor", age_key
)
if not is_age_key(SECOND_FACTOR_KEY):
    raise ImproperlyConfigured(
        "READERSTUDY_SECOND_FACTOR_KEY must be a secret key of the age format (AGE-SECRET-KEY-1…), as "
        "`manage.py backup --make-key FILE` writes one."
    )
# Encrypts the seeds of allocations: the database alone, or a copy of it, tells nobody which arm stood left.
ALLOCATION_KEY = text("READERSTUDY_ALLOCATION_KEY") or read_or_create_secret(
    DATA_DIR / "secrets" / "allocation", age_key
)
ALLOCATION_KEY_IS_OURS = not text("READERSTUDY_ALLOCATION_KEY")
if not is_age_key(ALLOCATION_KEY):
    raise ImproperlyConfigured(
        "READERSTUDY_ALLOCATION_KEY must be a secret key of the age format (AGE-SECRET-KEY-1…), as "
        "`manage.py backup --make-key FILE` writes one."
    )
DEBUG = boolean("READERSTUDY_DEBUG", False)
HTTPS = boolean("READERSTUDY_HTTPS", False)
# Behind HTTPS other people come in: from there on the limits of sign-in can only be made stricter.
PRODUCTION = HTTPS
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("READERSTUDY_DEBUG=1 shows tracebacks to everybody: not with READERSTUDY_HTTPS=1.")
ALLOWED_HOSTS = words("READERSTUDY_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("READERSTUDY_TRUSTED_ORIGINS")
PUBLIC_URL = text("READERSTUDY_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "django_rq",
    "readerstudy",
    "enhancement",
    "analysis",
]
MIDDLEWARE = [
    "readerstudy.request_seconds.RequestSecondsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "readerstudy.views.language.ReadersLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "readerstudy.views.session_limits.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "readerstudy.views.errors.ErrorMiddleware",
]
ROOT_URLCONF = "readerstudy.urls"
WSGI_APPLICATION = "readerstudy.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["django.templatetags.i18n", "readerstudy.templatetags.words"],
        },
    }
]

# SQLite: WAL for readers beside a writer, FULL because a score shown as saved must survive a power cut,
# IMMEDIATE because a transaction that upgrades its lock half-way fails under load.
SQLITE_OPTIONS: dict[str, Any] = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
        "PRAGMA cache_size=-32000; PRAGMA temp_store=MEMORY;"
    ),
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(
        dj_database_url.parse(
            text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'readerstudy.sqlite3'}",
            conn_max_age=60,
        )
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The embedded queue server listens on a socket in the data directory; REDIS_URL replaces it.
QUEUE_SOCKET = Path(text("READERSTUDY_QUEUE_SOCKET") or queue_server.socket_path(DATA_DIR))
REDIS_URL = text("REDIS_URL") or f"unix://{QUEUE_SOCKET}?db=0"
RQ_QUEUES = {
    "default": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 3600},
    "enhance": {"URL": REDIS_URL, "DEFAULT_TIMEOUT": 3600},
}
RQ = {"WORKER_CLASS": "readerstudy.worker.StudyWorker"}
# Where the enhancement worker computes. `auto` takes a GPU that torch can use; what fails there goes on on the CPU.
ENHANCE_DEVICE = text("READERSTUDY_ENHANCE_DEVICE", "auto")
if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", ENHANCE_DEVICE):
    raise ImproperlyConfigured(f"READERSTUDY_ENHANCE_DEVICE must be auto, cpu, cuda or cuda:1, not {ENHANCE_DEVICE!r}.")
# Which code does which kind of task, and on which queue: dotted paths, so that no app imports a later one.
TASK_HANDLERS = {
    "ingest": ("default", "readerstudy.jobs.parse_upload"),
    "fetch": ("default", "readerstudy.jobs.fetch_series"),
    "display": ("default", "readerstudy.jobs.build_display"),
    "enhance": ("enhance", "enhancement.jobs.enhance_series"),
    "analyse": ("default", "analysis.jobs.analyse_study"),
    "analyse_post_hoc": ("default", "analysis.jobs.analyse_post_hoc"),
    "draw_results": ("default", "analysis.jobs.draw_results"),
    "power": ("default", "analysis.jobs.simulate_power"),
}
# Which code knows the series that were sent to an enhancement node, and finds the one that another was made from.
RETURN_MATCHER = "enhancement.services.external.match"
ANALYSIS_PLAN_MAKER = "analysis.services.plans.make_plan"

STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "readerstudy.storage.AtomicFileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "readerstudy.storage.ModuleManifestStorage"
    },
}
if bucket := text("READERSTUDY_S3_BUCKET"):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": text("READERSTUDY_S3_ENDPOINT") or None,
            "addressing_style": "path",
            "file_overwrite": False,
            "default_acl": None,
        },
    }
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# An upload is spooled here until the worker has parsed it; it is never served.
UPLOAD_DIR = DATA_DIR / "uploads"
UPLOAD_MAX_FILE_BYTES = number("READERSTUDY_UPLOAD_MAX_MB", 2048) * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = UPLOAD_DIR
UPLOAD_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)

# Images that come by themselves, from scanners and archives. The DICOM receiver is off without a port.
DICOM_PORT = number("READERSTUDY_DICOM_PORT", 0)
DICOM_BIND = text("READERSTUDY_DICOM_BIND", "0.0.0.0")  # noqa: S104 (scanners are on other machines)
DICOM_AE_TITLE = text("READERSTUDY_DICOM_AE_TITLE", "READERSTUDY")
DICOM_ASSOCIATIONS = number("READERSTUDY_DICOM_ASSOCIATIONS", 10)
ARRIVAL_IDLE_S = number("READERSTUDY_ARRIVAL_IDLE_S", 60)


try:
    DICOM_PEERS = parse_allow_list(words("READERSTUDY_DICOM_PEERS"))
except BadSetting as error:
    raise ImproperlyConfigured(f"READERSTUDY_DICOM_PEERS: {error}") from error
if not is_our_title(DICOM_AE_TITLE):
    raise ImproperlyConfigured(
        f"READERSTUDY_DICOM_AE_TITLE must be 1 to 16 of A-Z, 0-9, '-' and '_', a letter first, not {DICOM_AE_TITLE!r}."
    )
if DICOM_PORT > 65535:
    raise ImproperlyConfigured(f"READERSTUDY_DICOM_PORT must be a port, not {DICOM_PORT}.")
if DICOM_PORT and not DICOM_PEERS.peers:
    raise ImproperlyConfigured("READERSTUDY_DICOM_PORT is set, so READERSTUDY_DICOM_PEERS must say who may send.")
if not ARRIVAL_IDLE_S or not DICOM_ASSOCIATIONS:
    raise ImproperlyConfigured("READERSTUDY_ARRIVAL_IDLE_S and READERSTUDY_DICOM_ASSOCIATIONS must be above 0.")

# Archives that coordinators may search, and get images from. No other address is ever called for images.
try:
    ARCHIVES = parse_archives(
        words("READERSTUDY_ARCHIVES"),
        tokens=words("READERSTUDY_ARCHIVE_TOKENS"),
        passwords=words("READERSTUDY_ARCHIVE_PASSWORDS"),
    )
except BadSetting as error:
    raise ImproperlyConfigured(f"READERSTUDY_ARCHIVES: {error}") from error
# Nodes that enhance: de-identified series are sent there by C-STORE, and what they make comes to our receiver.
try:
    ENHANCEMENT_NODES = parse_archives(words("READERSTUDY_ENHANCEMENT_NODES"))
except BadSetting as error:
    raise ImproperlyConfigured(f"READERSTUDY_ENHANCEMENT_NODES: {error}") from error
if web := [one.name for one in ENHANCEMENT_NODES if one.language is not Language.GET]:
    raise ImproperlyConfigured(f"READERSTUDY_ENHANCEMENT_NODES: write {web[0]}=dicom://TITLE@host:port.")
if ENHANCEMENT_NODES and not DICOM_PORT:
    raise ImproperlyConfigured(
        "READERSTUDY_ENHANCEMENT_NODES needs READERSTUDY_DICOM_PORT: what they make comes there."
    )
# A series that has not come back by then is called late.
ENHANCEMENT_LATE_MINUTES = number("READERSTUDY_ENHANCEMENT_LATE_MINUTES", 60)

AUTH_USER_MODEL = "readerstudy.User"
PASSWORD_LENGTH = guarded("READERSTUDY_PASSWORD_LENGTH", 10, strictest=64)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign_in"
INVITATION_DAYS = number("READERSTUDY_INVITATION_DAYS", 14)

# Scripts may ask this often with one token, counted in each web process.
API_REQUESTS_A_MINUTE = number("READERSTUDY_API_REQUESTS_A_MINUTE", 120)

# A sign-in lasts a working day, and less where nobody is there; the reading station signs in again in place after that.
SESSION_IDLE_S = 60 * guarded("READERSTUDY_SESSION_IDLE_MINUTES", 60, strictest=5)
SESSION_COOKIE_AGE = 60 * 60 * guarded("READERSTUDY_SESSION_HOURS", 12, strictest=1)
# Wrong tries for one account before it waits; one address, behind which a whole clinic may sit, has ten times as many.
SIGN_IN_TRIES = guarded("READERSTUDY_SIGN_IN_TRIES", 5, strictest=3)
# How many proxies stand in front and add to X-Forwarded-For the address that they saw.
PROXIES = number("READERSTUDY_PROXIES", 1 if HTTPS else 0)
# Who must have a second factor; everybody may.
SECOND_FACTOR_FOR = second_factor_for(words("READERSTUDY_SECOND_FACTOR_FOR"))
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# Links of invitations are shown to the coordinator; without a mail server they must not end up in a log.
EMAIL_BACKEND = text("READERSTUDY_EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend")
EMAIL_HOST = text("READERSTUDY_EMAIL_HOST", "localhost")
EMAIL_PORT = number("READERSTUDY_EMAIL_PORT", 25)
DEFAULT_FROM_EMAIL = text("READERSTUDY_EMAIL_FROM", "reader-study@localhost")

LANGUAGE_CODE = "en-gb"
# Each in its own name. A language more is a folder in locale/ and a line here: docs/architecture.md.
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [LOCALE_DIR]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = HTTPS
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

# What Prometheus shows at /metrics; without it that address does not exist.
METRICS_TOKEN = text("READERSTUDY_METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("READERSTUDY_METRICS_TOKEN must have at least 20 characters.")
# Where the processes of one web server add to the same figures; without it each has its own. `serve` sets it.
METRICS_FOLDER = text("PROMETHEUS_MULTIPROC_DIR")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("READERSTUDY_LOG_LEVEL", "INFO").upper()},
}
