"""The life of a study: which status may follow which, and what each status allows."""

from dataclasses import dataclass
from enum import StrEnum

from readerstudy.core.errors import WrongState
from readerstudy.core.wording import translatable


class Status(StrEnum):
    DRAFT = "draft"
    READING = "reading"
    LOCKED = "locked"
    UNBLINDED = "unblinded"


class Act(StrEnum):
    """What a person may want to do; the table below says when."""

    EDIT_PROTOCOL = "edit the protocol"
    EDIT_CASES = "change the cases"
    EDIT_PLAN = "make the analysis plan"
    ALLOCATE = "make the allocation"
    READ = "read"
    LOCK = "lock the study"
    UNBLIND = "unblind the study"
    JOIN_ARMS = "join scores to arms"
    AMEND_PLAN = "add a version of the plan"


@dataclass(frozen=True)
class Transition:
    source: Status
    target: Status
    act: Act


TRANSITIONS = (
    Transition(Status.DRAFT, Status.READING, Act.ALLOCATE),
    Transition(Status.READING, Status.LOCKED, Act.LOCK),
    Transition(Status.LOCKED, Status.UNBLINDED, Act.UNBLIND),
)

ALLOWED: dict[Act, frozenset[Status]] = {
    Act.EDIT_PROTOCOL: frozenset({Status.DRAFT}),
    Act.EDIT_CASES: frozenset({Status.DRAFT}),
    Act.EDIT_PLAN: frozenset({Status.DRAFT}),
    Act.ALLOCATE: frozenset({Status.DRAFT}),
    Act.READ: frozenset({Status.READING}),
    Act.LOCK: frozenset({Status.READING}),
    Act.UNBLIND: frozenset({Status.LOCKED}),
    Act.JOIN_ARMS: frozenset({Status.UNBLINDED}),
    Act.AMEND_PLAN: frozenset({Status.READING, Status.LOCKED, Status.UNBLINDED}),
}


# What a reader is told who would read in another status.
NOT_READ = {
    Status.DRAFT: translatable("The study is DRAFT; to read it must be READING."),
    Status.LOCKED: translatable("The study is LOCKED; to read it must be READING."),
    Status.UNBLINDED: translatable("The study is UNBLINDED; to read it must be READING."),
}


def allows(status: str, act: Act) -> bool:
    return Status(status) in ALLOWED[act]


def require(status: str, act: Act) -> None:
    """Raise WrongState unless a study in `status` allows `act`."""
    if not allows(status, act):
        if act is Act.READ:
            raise WrongState(NOT_READ[Status(status)])
        wanted = " or ".join(sorted(allowed.upper() for allowed in ALLOWED[act]))
        raise WrongState(f"The study is {status.upper()}; to {act.value} it must be {wanted}.")


def target_of(status: str, act: Act) -> Status:
    """The status that `act` leads to from `status`; raises WrongState where the table has no such row."""
    require(status, act)
    for transition in TRANSITIONS:
        if transition.act is act and transition.source == status:
            return transition.target
    raise WrongState(f"'{act.value}' does not change the status of a study.")
