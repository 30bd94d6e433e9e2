"""Parse an upload in the worker: files to de-identified series, and series to arms of image sets."""

import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from django.db import DatabaseError, transaction
from pydicom.dataset import Dataset

from readerstudy.core import checks, lifecycle
from readerstudy.core.deidentify import burned_in_suspicion, deidentify, with_native_pixels
from readerstudy.core.dicom import Limits, read_instance
from readerstudy.core.errors import BadDicom, ReaderStudyError
from readerstudy.core.findings import Finding
from readerstudy.core.parameters import extract_parameters
from readerstudy.core.pixels import decode_stored, pixel_sha256
from readerstudy.core.series import Instance, SeriesDraft, build_volume, group_instances
from readerstudy.models import FileStatus, Participant, Series, Study, Upload, UploadedFile, UploadState
from readerstudy.services import audit, cases, participants
from readerstudy.services.place import place_series
from readerstudy.services.returned import CannotTell, Returned, returned_from
from readerstudy.services.series import NewSeries, store_series
from readerstudy.services.spool import unpack_archives
from readerstudy.services.tasks import Progress
from readerstudy.services.uploads import discard_spool, spooled

logger = logging.getLogger(__name__)
LIMITS = Limits()
# Trouble of the machine: it ends the task, which can be tried again. Any other error is the file's.
OWN_TROUBLE = (MemoryError, OSError, DatabaseError)
UNEXPECTED = "It could not be read, for a reason that was not foreseen. Leave it out, and tell the administrator."
SEVERAL_PATIENTS = "The files of this series name several patients. Export it again, each patient by itself."
CONTRADICTION = "It has the instance UID of another file but other pixels. Export it again."


@dataclass(frozen=True)
class Found:
    """A file that is a usable MR instance; only what grouping needs is kept in memory."""

    file: UploadedFile
    series_uid: str


def parse(upload: Upload, progress: Progress) -> None:
    """Take, hold or refuse every file of the upload. Run again after a crash, it goes on where it stopped."""
    _require_draft(upload)
    progress(0, 1, "unpacking")
    unpack_archives(upload)
    groups = _sort_out(upload, progress)
    for number, uid in enumerate(sorted(groups), start=1):
        progress(number - 1, len(groups), "reading the series")
        _take_series(upload, groups[uid])
    place_series(upload.study, progress)
    _close(upload)


@transaction.atomic
def _require_draft(upload: Upload) -> None:
    study = Study.objects.select_for_update().get(pk=upload.study_id)
    lifecycle.require(study.status, lifecycle.Act.EDIT_CASES)


def _sort_out(upload: Upload, progress: Progress) -> dict[str, list[Found]]:
    groups: dict[str, list[Found]] = defaultdict(list)
    waiting = list(upload.files.filter(status=FileStatus.RECEIVED))
    for number, file in enumerate(waiting):
        if number % 20 == 0:
            progress(number, len(waiting), "looking at the files")
        file.upload = upload
        try:
            uid = _series_uid_of(file)
        except BadDicom as error:
            _judge([file], FileStatus.REFUSED, str(error))
        except OWN_TROUBLE:
            raise
        except Exception as error:  # one file must not hold up all the others
            _refuse_unforeseen([file], error)
        else:
            groups[uid].append(Found(file, uid))
    return groups


def _series_uid_of(file: UploadedFile) -> str:
    """The series of a file that can be read and decoded."""
    dataset = read_instance(spooled(file).read_bytes(), limits=LIMITS)
    _mask_name(file, dataset)
    decode_stored(dataset, limits=LIMITS)
    return str(dataset.SeriesInstanceUID)


def _refuse_unforeseen(files: Iterable[UploadedFile], error: Exception) -> None:
    # The message of an error of unknown origin can quote a header: only its type is logged.
    logger.error("files were refused for an unforeseen %s", type(error).__name__)
    _judge(files, FileStatus.REFUSED, UNEXPECTED)


@transaction.atomic
def _judge(files: Iterable[UploadedFile], status: FileStatus, reason: str) -> None:
    for file in files:
        file.status, file.reason = status, reason[:400]
        file.save(update_fields=("status", "reason", "name", "pixel_sha256"))


def _mask_name(file: UploadedFile, dataset: Dataset) -> None:
    """Words of the patient's name and id do not stay in a file's name; short ones only where they stand alone."""
    for keyword in ("PatientName", "PatientID", "OtherPatientIDs", "PatientBirthDate", "AccessionNumber"):
        for word in re.split(r"[\W_]+", str(dataset.get(keyword, "") or "")):
            pattern = re.escape(word) if len(word) >= 3 else rf"(?<![^\W_]){re.escape(word)}(?![^\W_])"
            if len(word) >= 2:
                file.name = re.sub(pattern, "•••", file.name, flags=re.IGNORECASE)


def _take_series(upload: Upload, found: Sequence[Found]) -> None:
    """Store the stacks of one series UID: all of it in one transaction, or none."""
    files = {str(one.file.pk): one.file for one in found}
    try:
        instances = [_instance(file) for file in files.values()]
        drafts = group_instances(instances)
        with transaction.atomic():
            _require_draft(upload)
            for draft in drafts:
                _take_stack(upload, draft, [files[instance.name] for instance in draft.instances])
            _judge_leftovers(files, instances)
    except ReaderStudyError as error:
        _judge(files.values(), FileStatus.REFUSED, str(error))
    except OWN_TROUBLE:
        raise
    except Exception as error:  # one series must not hold up all the others
        _refuse_unforeseen(files.values(), error)


def _judge_leftovers(files: Mapping[str, UploadedFile], instances: Sequence[Instance]) -> None:
    """Files whose instance UID another file had before: copies do no harm, contradictions are held."""
    first: dict[str, str] = {}
    for instance in instances:
        file = files[instance.name]
        counted = first.setdefault(instance.sop_instance_uid, file.pixel_sha256)
        if file.status != FileStatus.RECEIVED:
            continue
        if counted == file.pixel_sha256:
            _judge([file], FileStatus.TAKEN, "A copy of another file of this series.")
        else:
            _judge([file], FileStatus.HELD, CONTRADICTION)


def _instance(file: UploadedFile) -> Instance:
    dataset = read_instance(spooled(file).read_bytes(), limits=LIMITS)
    stored = decode_stored(dataset, limits=LIMITS)
    file.pixel_sha256 = pixel_sha256(stored)
    return Instance(str(file.pk), dataset, stored)


def _take_stack(upload: Upload, draft: SeriesDraft, files: list[UploadedFile]) -> None:
    if reason := _reason_to_hold(draft):
        _judge(files, FileStatus.HELD, reason)
        return
    try:
        returned = returned_from(upload, draft.datasets)
    except CannotTell as error:
        _judge(files, FileStatus.HELD, str(error))
        return
    new = _new_series(upload, draft, returned)
    twin = upload.study.series.filter(series_uid=new.series_uid, removed_at=None).first()
    if twin is not None:
        _judge_twin(twin, new, files)
        return
    if returned is not None and returned.arm is None:
        _judge(files, FileStatus.HELD, returned.words_for_a_second())
        return
    series = store_series(upload.study, new)
    audit.record(upload.study, upload.created_by, "series taken", series=series.pk, files=len(files))
    if returned is not None:
        returned.record(series)
    for file in files:
        file.series = series
        file.save(update_fields=("series",))
    _judge(files, FileStatus.TAKEN, "")


def _reason_to_hold(draft: SeriesDraft) -> str | None:
    for dataset in draft.datasets:
        if suspicion := burned_in_suspicion(dataset):
            return suspicion
    if len({(str(one.get("PatientID", "")), str(one.get("IssuerOfPatientID", ""))) for one in draft.datasets}) > 1:
        return SEVERAL_PATIENTS
    errors = [finding.message for finding in draft.findings if finding.severity == "error"]
    return " ".join(errors) or None


def _judge_twin(twin: Series, new: NewSeries, files: list[UploadedFile]) -> None:
    if twin.pixel_sha256 == pixel_sha256(new.volume.stored_slices):
        for file in files:
            file.series = twin
            file.save(update_fields=("series",))
        _judge(files, FileStatus.TAKEN, f"The study has these images already, as series {twin.pk}.")
    else:
        words = f"The study has another version of this series ({twin.pk}). Remove that one first, then send all again."
        _judge(files, FileStatus.HELD, words)


def _new_series(upload: Upload, draft: SeriesDraft, returned: Returned | None) -> NewSeries:
    key = participants.study_key(upload.study)
    participant, identity_findings = _participant(upload.study, draft, returned)
    ours = returned.ours if returned else frozenset[str]()
    cleaned = [deidentify(one, key=key, participant_code=participant.code, ours=ours) for one in draft.datasets]
    suffix = f".{draft.part}" if draft.part else ""
    instances = []
    for source, clean in zip(draft.instances, cleaned, strict=True):
        clean.dataset.SeriesInstanceUID = f"{clean.dataset.SeriesInstanceUID}{suffix}"
        # Decoded pixels only: a codestream's comments and padding can carry text that no table of tags knows.
        instances.append(replace(source, dataset=with_native_pixels(clean.dataset, source.stored)))
    volume = build_volume(_regrouped(instances, draft))
    parameters = extract_parameters([clean.dataset for clean in cleaned], volume)
    participants.note_characteristics(participant, parameters)
    findings = [*draft.findings, *identity_findings, *checks.series_findings(volume, parameters)]
    return NewSeries(
        participant=participant,
        series_uid=str(cleaned[0].dataset.SeriesInstanceUID),
        datasets=_in_slice_order(instances, volume.sop_instance_uids),
        volume=volume,
        parameters=parameters.to_json(),
        findings=[asdict(finding) for finding in findings],
        deidentification=dict(Counter(change.action for clean in cleaned for change in clean.changes)),
        origin=cases.origin_in(returned.arm if returned else upload.arm),
        image_set=returned.source.image_set if returned else None,
        arm=returned.arm if returned else upload.arm,
        derived_from=returned.source if returned else None,
    )


def _participant(study: Study, draft: SeriesDraft, returned: Returned | None) -> tuple[Participant, list[Finding]]:
    """Whose images these are; what we sent away ourselves bears our own code instead of a patient's identity."""
    if returned is not None:
        return returned.source.participant, []
    pseudonym, findings = participants.pseudonym_of(draft.datasets[0], key=participants.study_key(study))
    return participants.find_or_add(study, pseudonym), findings


def _regrouped(instances: list[Instance], draft: SeriesDraft) -> SeriesDraft:
    """The same stack over the de-identified instances: one enhanced object may hold several."""
    wanted = [frame.index for frame in draft.frames]
    return next(one for one in group_instances(instances) if [frame.index for frame in one.frames] == wanted)


def _in_slice_order(instances: Sequence[Instance], uids: Sequence[str]) -> list[Dataset]:
    by_uid = {instance.sop_instance_uid: instance.dataset for instance in instances}
    return [by_uid[uid] for uid in dict.fromkeys(uids)]


@transaction.atomic
def _close(upload: Upload) -> None:
    """Tell the outcome once, also where the worker was killed just after it and the task runs again."""
    if Upload.objects.filter(pk=upload.pk).exclude(state=UploadState.DONE).update(state=UploadState.DONE):
        counts = Counter(upload.files.values_list("status", flat=True))
        audit.record(upload.study, upload.created_by, "upload parsed", upload=str(upload.uuid), **dict(counts))
    transaction.on_commit(lambda: discard_spool(upload))


def series_of(upload: Upload) -> list[Series]:
    """The series that this upload's files went into, for reports."""
    pks = upload.files.exclude(series=None).values_list("series", flat=True).distinct()
    return list(Series.objects.filter(pk__in=list(pks)).select_related("arm", "image_set", "participant"))
