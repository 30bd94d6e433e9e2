"""Every error that the product raises on purpose.

ReaderStudyError
├── BadInput                    what came from outside cannot be used; the message says what to do
│   ├── BadDicom                one file: refused by name
│   ├── BadData                 a table of scores, allocations or metrics
│   └── BadVolume               an array that is no image volume
├── NotAllowed                  the person may not do this (403)
├── NotFound                    there is no such thing for this person (404)
├── WrongState                  the study or the reading does not allow it now (409)
│   ├── StillBlinded            arms may not be joined to scores before unblinding
│   └── VersionConflict         another tab or person wrote first
└── IntegrityFailure            a seal, a chain or a checksum does not match

Messages show the offending value and the way out, never patient data.
"""


class ReaderStudyError(Exception):
    """Root of the tree: catch it at the edge, where it becomes a 4xx, a failed task or one line."""


class BadInput(ReaderStudyError):
    """Something from outside cannot be used as it is."""


class BadDicom(BadInput):
    """One DICOM file cannot be used."""


class BadData(BadInput):
    """A table cannot be used; the message names row and column."""


class BadVolume(BadInput):
    """An array is not an image volume."""


class NotAllowed(ReaderStudyError):
    """The person's role does not include this act."""


class NotFound(ReaderStudyError):
    """There is no such thing, or it is not this person's."""


class WrongState(ReaderStudyError):
    """The act is not possible in the present state."""


class StillBlinded(WrongState):
    """Scores may not be joined to arms before the study is unblinded."""


class VersionConflict(WrongState):
    """Somebody else, or another tab, wrote first."""


class IntegrityFailure(ReaderStudyError):
    """A seal, a hash chain or a checksum does not match what was recorded."""
