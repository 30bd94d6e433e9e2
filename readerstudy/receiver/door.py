"""Who may open an association, and what of theirs is taken; decided before anything of an image is read."""

from django.conf import settings

from readerstudy.core.dicom import MR_IMAGES
from readerstudy.core.errors import ReaderStudyError
from readerstudy.core.lifecycle import Act, allows
from readerstudy.core.part10 import is_uid
from readerstudy.core.peers import AllowList
from readerstudy.models import ReceivingTitle, Study
from readerstudy.services.receiving import Sender
from readerstudy.services.uploads import DiskFull, require_room

# PS3.8 9.3.4, A-ASSOCIATE-RJ: result, source, reason.
CALLING_TITLE_UNKNOWN = (1, 1, 3)
CALLED_TITLE_UNKNOWN = (1, 1, 7)
LOCAL_LIMIT = (2, 3, 2)
# PS3.4 B.2.3 and PS3.7 C: the status of a C-STORE.
SUCCESS = 0x0000
CLASS_NOT_SUPPORTED = 0x0122
NOT_AUTHORISED = 0x0124
OUT_OF_RESOURCES = 0xA700
CLASS_DOES_NOT_MATCH = 0xA900
CANNOT_UNDERSTAND = 0xC000


class TurnedAway(ReaderStudyError):
    """An association is rejected: the words are for our pages, the codes for the peer."""

    def __init__(self, reason: str, rejection: tuple[int, int, int], study: Study | None = None) -> None:
        super().__init__(reason)
        self.rejection = rejection
        self.study = study


class NotTaken(ReaderStudyError):
    """One object is refused within an association that goes on."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.status = status


def admit(*, called: str, calling: str, address: str, peers: AllowList) -> Sender | None:
    """The sender and where their images go; None where they called our own title, which answers C-ECHO only.

    Raises TurnedAway.
    """
    title = ReceivingTitle.objects.filter(title=called).select_related("study", "arm").first()
    study = title.study if title else None
    if not peers.allows(calling, address):
        words = f"{calling} at {address} is not on the list of senders (READERSTUDY_DICOM_PEERS)."
        raise TurnedAway(words, CALLING_TITLE_UNKNOWN, study)
    if called == settings.DICOM_AE_TITLE:
        return None
    if title is None:
        raise TurnedAway(f"No study has the AE title {called}.", CALLED_TITLE_UNKNOWN)
    if title.closed_at is not None:
        raise TurnedAway("The AE title is closed.", CALLED_TITLE_UNKNOWN, study)
    if not allows(title.study.status, Act.EDIT_CASES):
        words = f"The study is {title.study.status.upper()}: its cases are frozen."
        raise TurnedAway(words, CALLED_TITLE_UNKNOWN, study)
    try:
        require_room(0)
    except DiskFull as error:
        raise TurnedAway(str(error), LOCAL_LIMIT, study) from error
    return Sender(f"{calling} at {address}", title=title)


def require_image(*, sop_class: str, sop_instance: str, negotiated: str) -> None:
    """Raise NotTaken unless the command names an MR image and the class that was agreed on."""
    if not is_uid(sop_instance):
        raise NotTaken("An object has a malformed instance UID.", CANNOT_UNDERSTAND)
    if sop_class != negotiated:
        raise NotTaken("An object is of another class than was agreed on.", CLASS_DOES_NOT_MATCH)
    if sop_class not in MR_IMAGES:
        raise NotTaken(
            "Not an MR image: send the original images alone, without reports and captures.", CLASS_NOT_SUPPORTED
        )
