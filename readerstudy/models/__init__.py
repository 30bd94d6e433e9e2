"""The tables, one file a topic.

people, account (sign-in), study (protocol), cases (images), reading (scores), session, record (audit)
"""

from readerstudy.models.account import BrowserSession, RecoveryCode, SecondFactor, SignInTries
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
from readerstudy.models.closing import ClosingRequest, ClosingRules, ClosingSignature
from readerstudy.models.fetching import Fetch, FetchState
from readerstudy.models.keys import ReaderKeys
from readerstudy.models.people import Invitation, Membership, Role, User
from readerstudy.models.reading import Allocation, Reading, Score, ScoreSave
from readerstudy.models.receiving import Arrival, ReceivingTitle, Refusal, SendingToken, Way
from readerstudy.models.record import AuditEvent, AuditHead, Task, TaskState
from readerstudy.models.rules import ReadingRules
from readerstudy.models.session import (
    AskGuess,
    CheckEvery,
    DisplayCheck,
    ReadingConditions,
    ReadingSession,
    ViewingBatch,
)
from readerstudy.models.signature import Signature
from readerstudy.models.study import (
    Arm,
    Comparison,
    ConsistencyItem,
    Feature,
    NotAssessableReason,
    ScaleChoice,
    Scanner,
    Site,
    Study,
)
from readerstudy.models.training import TrainingRun

__all__ = (
    "Allocation",
    "Arm",
    "Arrival",
    "AskGuess",
    "AuditEvent",
    "AuditHead",
    "BrowserSession",
    "CheckEvery",
    "ClosingRequest",
    "ClosingRules",
    "ClosingSignature",
    "Comparison",
    "ConsistencyItem",
    "DisplayCheck",
    "DisplayState",
    "Feature",
    "Fetch",
    "FetchState",
    "FileStatus",
    "ImageSet",
    "Invitation",
    "Membership",
    "NotAssessableReason",
    "Pair",
    "Participant",
    "ReaderKeys",
    "Reading",
    "ReadingConditions",
    "ReadingRules",
    "ReadingSession",
    "ReceivingTitle",
    "RecoveryCode",
    "Refusal",
    "Role",
    "ScaleChoice",
    "Scanner",
    "Score",
    "ScoreSave",
    "SecondFactor",
    "SendingToken",
    "Series",
    "SignInTries",
    "Signature",
    "Site",
    "StoredFile",
    "Study",
    "Task",
    "TaskState",
    "TrainingRun",
    "Upload",
    "UploadState",
    "UploadedFile",
    "User",
    "ViewingBatch",
    "Way",
)
