"""The tables, one file a topic: people, study (protocol), cases (images), reading (scores), session, record (audit)."""

from readerstudy.models.cases import (
    DisplayState,
    FileStatus,
    ImageSet,
    Pair,
    Participant,
    Series,
    StoredFile,
    Upload,
    UploadedFile,
    UploadState,
)
from readerstudy.models.people import Invitation, Membership, Role, User
from readerstudy.models.reading import Allocation, Reading, Score, ScoreSave
from readerstudy.models.record import AuditEvent, AuditHead, Task, TaskState
from readerstudy.models.session import (
    AskGuess,
    CheckEvery,
    DisplayCheck,
    ReadingConditions,
    ReadingSession,
    ViewingBatch,
)
from readerstudy.models.study import (
    Arm,
    Comparison,
    ConsistencyItem,
    Feature,
    ScaleChoice,
    Scanner,
    Site,
    Study,
)

__all__ = (
    "Allocation",
    "Arm",
    "AskGuess",
    "AuditEvent",
    "AuditHead",
    "CheckEvery",
    "Comparison",
    "ConsistencyItem",
    "DisplayCheck",
    "DisplayState",
    "Feature",
    "FileStatus",
    "ImageSet",
    "Invitation",
    "Membership",
    "Pair",
    "Participant",
    "Reading",
    "ReadingConditions",
    "ReadingSession",
    "Role",
    "ScaleChoice",
    "Scanner",
    "Score",
    "ScoreSave",
    "Series",
    "Site",
    "StoredFile",
    "Study",
    "Task",
    "TaskState",
    "Upload",
    "UploadState",
    "UploadedFile",
    "User",
    "ViewingBatch",
)
