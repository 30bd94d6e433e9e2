"""Every error that the product raises on purpose.

ReaderStudyError
├── BadInput                    what came from outside cannot be used; the message says what to do
│   ├── BadDicom                one file: refused by name
│   │   ├── NotDicom            some other kind of file, or an empty one
│   │   ├── NoPreamble          a bare data set without the Part 10 header
│   │   ├── DicomTooLarge       over a limit, before or after decoding
│   │   ├── DicomDirectory      the index of a disc, not an image
│   │   ├── UnreadableDicom     damaged structure or unreadable image elements
│   │   ├── NoTransferSyntax    the file does not say how it is encoded
│   │   ├── NotMrImage          another modality or kind of object
│   │   ├── MissingIdentifiers  a unique identifier is absent
│   │   ├── MissingPixels       no pixel data, or less than the header promises
│   │   ├── BadPixelHeader      the image attributes contradict each other
│   │   ├── UnsupportedPixels   colour, float, video: readable, but not for this study
│   │   ├── CannotDecode        the compressed image is damaged
│   │   ├── MosaicImage         one image tiled from many slices
│   │   ├── MixedShapes         frames that are no single stack
│   │   └── NoPatientIdentity   no patient id to make a pseudonym from
│   ├── BadData                 a table of scores, allocations or metrics
│   │   ├── UnreadableTable     no file, not UTF-8, not CSV
│   │   ├── WrongColumns        a column is unknown, missing or there twice
│   │   ├── BadCell             a value that its column cannot hold
│   │   ├── DuplicateReading    the same thing scored twice
│   │   ├── ContradictoryRows   rows that cannot both be true
│   │   ├── UnknownArm          an arm that the comparison does not have
│   │   ├── NotAllocated        a reading that the allocation does not have
│   │   └── BadPlan             an analysis plan that cannot be followed
│   ├── BadVolume               an array that is no image volume
│   │   ├── NotAVolume          not three-dimensional, empty, or no real numbers
│   │   ├── NotFiniteVolume     it holds NaN or infinity
│   │   └── Unsuitable          not of the kind that the denoiser was made for
│   ├── BadBackup               a file that is no whole backup, or one that does not fit here
│   ├── BadFigure               a figure for print that cannot be drawn as it was laid out
│   └── BadSetting              a parameter outside its range, or one that is not known
├── NotAllowed                  the person may not do this (403)
├── NotFound                    there is no such thing for this person (404)
├── WrongState                  the study or the reading does not allow it now (409)
│   ├── StillBlinded            arms may not be joined to scores before unblinding
│   ├── Signed                  the reader signed: their scores are read-only
│   └── VersionConflict         another tab or person wrote first
└── IntegrityFailure            a seal, a chain or a checksum does not match

Messages show the offending value and the way out, never patient data.
"""


class ReaderStudyError(Exception):
    """Root of the tree: catch it at the edge, where it becomes a 4xx, a failed task or one line.

    text : the message in English; where it is marked as `translatable`, pages find it in the reader's language by it,
    and `{name}` in it stands for one of `values`. `str` of the error is always the English message.
    """

    def __init__(self, text: str = "", **values: object) -> None:
        super().__init__(text.format(**values) if values else str(text))
        self.text = str(text)
        self.values = values


class BadInput(ReaderStudyError):
    """Something from outside cannot be used as it is."""


class BadDicom(BadInput):
    """One DICOM file cannot be used."""


class NotDicom(BadDicom):
    """The bytes are some other kind of file."""


class NoPreamble(BadDicom):
    """A bare data set without the 128-byte preamble and the letters DICM."""


class DicomTooLarge(BadDicom):
    """The file, its inflated data set or its decoded pixels pass a limit."""


class DicomDirectory(BadDicom):
    """A DICOMDIR: the index of a disc."""


class UnreadableDicom(BadDicom):
    """The data set cannot be parsed, or an element that describes the image cannot."""


class NoTransferSyntax(BadDicom):
    """The file does not say how its data set is encoded."""


class NotMrImage(BadDicom):
    """Another modality, or an object that is no MR image."""


class MissingIdentifiers(BadDicom):
    """A study, series or instance UID is absent or malformed."""


class MissingPixels(BadDicom):
    """No pixel data, or fewer bytes or frames than the header promises."""


class BadPixelHeader(BadDicom):
    """The attributes that describe the pixels are absent or contradict each other."""


class UnsupportedPixels(BadDicom):
    """Colour, floating point, video: well formed, but of no use in a reader study."""


class CannotDecode(BadDicom):
    """The decoder refuses the compressed image."""


class MosaicImage(BadDicom):
    """One image tiled from many slices: a stack must not be made of it."""


class MixedShapes(BadDicom):
    """Frames of different shapes, or none at all: no volume."""


class NoPatientIdentity(BadDicom):
    """The patient id is empty, so no pseudonym can be made."""


class BadData(BadInput):
    """A table cannot be used; the message names row and column."""


class UnreadableTable(BadData):
    """There is no file, or it is not CSV in UTF-8."""


class WrongColumns(BadData):
    """A column is unknown, missing or there twice."""


class BadCell(BadData):
    """A value that its column cannot hold."""


class DuplicateReading(BadData):
    """The same presentation and feature stand in two rows."""


class ContradictoryRows(BadData):
    """Two rows, or two tables, cannot both be true."""


class UnknownArm(BadData):
    """An arm or a comparison that the study does not have."""


class NotAllocated(BadData):
    """A reading of a presentation that the allocation does not have."""


class BadPlan(BadData):
    """The analysis plan cannot be followed."""


class BadVolume(BadInput):
    """An array is not an image volume."""


class NotAVolume(BadVolume):
    """Not three-dimensional, empty, or of a type that is no magnitude."""


class NotFiniteVolume(BadVolume):
    """An array holds NaN or infinity, which would spread over the whole image."""


class Unsuitable(BadVolume):
    """CT, colour, phase, maps, screen captures, saturated or tiny images: the denoiser was not made for them."""


class BadBackup(BadInput):
    """A backup is damaged, cut off, locked with another key, of a newer release, or there is no room for it here."""


class BadFigure(BadInput):
    """A figure asks for what is not there, or for what cannot be drawn."""


class BadSetting(BadInput):
    """A parameter is outside its range or not known."""


class NotAllowed(ReaderStudyError):
    """The person's role does not include this act."""


class NotFound(ReaderStudyError):
    """There is no such thing, or it is not this person's."""


class WrongState(ReaderStudyError):
    """The act is not possible in the present state."""


class StillBlinded(WrongState):
    """Scores may not be joined to arms before the study is unblinded."""


class Signed(WrongState):
    """The reader has signed; from then on their scores are read-only."""


class VersionConflict(WrongState):
    """Somebody else, or another tab, wrote first."""


class IntegrityFailure(ReaderStudyError):
    """A seal, a hash chain or a checksum does not match what was recorded."""
