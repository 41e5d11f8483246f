"""Everything that can be wrong with a record, a file of records, or the FHIR form of one.

RecordsError
├── FileRefused          the whole file is refused, nothing in it was read
│   ├── NotXml           file.not-xml
│   │   └── Truncated        file.truncated
│   ├── WrongEncoding    file.wrong-encoding
│   ├── DoctypeFound     file.doctype
│   ├── UnknownRoot      file.unknown-root
│   ├── FileTooLarge     file.too-large
│   ├── RecordTooLarge   file.record-too-large
│   ├── FrameTooLarge    file.frame-too-large
│   ├── TextTooLong      file.text-too-long
│   ├── TooDeep          file.too-deep
│   ├── TooManyRecords   file.too-many-records
│   ├── SeveralLists     file.several-lists
│   ├── NoFacility       file.no-facility
│   ├── WrongCount       file.wrong-count
│   └── NoRecords        file.no-records
├── ValueRefused         one value does not have the form that the national tables demand
│   ├── BadDate          record.bad-date
│   ├── BadCardNumber    record.bad-card-number
│   ├── MissingField     record.missing-field
│   ├── Unwritable       record.unwritable
│   └── NoIdentifier     record.no-identifier
├── SignatureRefused     a signature does not vouch for the file that it stands in
│   ├── SignatureBroken      signature.broken
│   └── SignatureUnsupported signature.unsupported
├── SigningRefused       a file cannot be signed
│   ├── AlreadySigned        signature.already-signed
│   └── NotSigned            signature.not-made
├── SignersUnreadable    signature.signers-unreadable
└── FhirRefused          a FHIR resource that cannot be read as the record asked for
    ├── Unreadable       the bytes hold no resource at all
    │   ├── BodyTooLarge     fhir.too-large
    │   ├── NestedTooDeep    fhir.too-deep
    │   ├── NotUtf8          fhir.invalid-utf8
    │   ├── NotJson          fhir.malformed-json
    │   ├── DuplicateKey     fhir.duplicate-key
    │   ├── AbsurdNumber     fhir.number-out-of-range
    │   └── NotAnObject      fhir.not-an-object
    ├── WrongResource    fhir.wrong-resource
    └── MissingElement   fhir.missing-element

Problems of single records inside a file that is otherwise read are not raised: they are
`bhyt.problems.Problem` values, whose codes stand in the same table of failures.
No message carries a value of a record, because values are personal data.
"""

from typing import ClassVar


class RecordsError(Exception):
    """What every error of this package is; `code` finds the words in `failures`."""

    code: ClassVar[str]
    retry: ClassVar[bool] = False


class FileRefused(RecordsError):
    """The whole file is refused; none of its records was read."""


class NotXml(FileRefused):
    """The bytes are not well-formed XML; `line` and `column` are where the parser stopped, 0 if unknown."""

    code = "file.not-xml"

    def __init__(self, line: int = 0, column: int = 0) -> None:
        super().__init__(f"not well-formed XML near line {line}")
        self.line = line
        self.column = column


class Truncated(NotXml):
    """The file ends before its outermost element does; `line` is its last one."""

    code = "file.truncated"


class WrongEncoding(FileRefused):
    """The bytes are not UTF-8, whatever the file says that they are."""

    code = "file.wrong-encoding"

    def __init__(self) -> None:
        super().__init__("the file is not in UTF-8")


class DoctypeFound(FileRefused):
    """The file declares a document type, which the national files never do."""

    code = "file.doctype"

    def __init__(self) -> None:
        super().__init__("the file declares a DOCTYPE")


class UnknownRoot(FileRefused):
    """The outermost element `name` is none of the national files' roots."""

    code = "file.unknown-root"

    def __init__(self, name: str = "") -> None:
        super().__init__("the outermost element is not that of a national file")
        self.name = name


class FileTooLarge(FileRefused):
    """The file has more bytes than the named limit `limit`."""

    code = "file.too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class RecordTooLarge(FileRefused):
    """The record element `number` (from 1) has more bytes than the named limit `limit`."""

    code = "file.record-too-large"

    def __init__(self, number: int, limit: int) -> None:
        super().__init__(f"record element {number} is larger than {limit} bytes")
        self.number = number
        self.limit = limit


class FrameTooLarge(FileRefused):
    """What stands before the first record or behind the last, or a start tag there, is over `limit` bytes."""

    code = "file.frame-too-large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"what stands around the records is larger than {limit} bytes")
        self.limit = limit


class TextTooLong(FileRefused):
    """One text, such as an inner file in base64, is longer than the named limit `limit` (bytes)."""

    code = "file.text-too-long"

    def __init__(self, limit: int) -> None:
        super().__init__(f"a text in the file is longer than {limit} bytes")
        self.limit = limit


class TooDeep(FileRefused):
    """The elements nest deeper than `limit` levels."""

    code = "file.too-deep"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the elements nest deeper than {limit} levels")
        self.limit = limit


class TooManyRecords(FileRefused):
    """The file holds more record elements than the named limit `limit`."""

    code = "file.too-many-records"

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file holds more than {limit} records")
        self.limit = limit


class SeveralLists(FileRefused):
    """The file holds more than one list of records, and cannot be cut between them."""

    code = "file.several-lists"

    def __init__(self) -> None:
        super().__init__("the file holds several lists of records")


class NoFacility(FileRefused):
    """The file does not say which facility sends it."""

    code = "file.no-facility"

    def __init__(self) -> None:
        super().__init__("the file names no facility")


class WrongCount(FileRefused):
    """A file that is written would hold `found` dossiers and not `declared`, which is 1 (BHYT-R-002)."""

    code = "file.wrong-count"

    def __init__(self, declared: int, found: int) -> None:
        super().__init__(f"a file holds {declared} dossier, not {found}")
        self.declared = declared
        self.found = found


class NoRecords(FileRefused):
    """The file holds no record at all."""

    code = "file.no-records"

    def __init__(self) -> None:
        super().__init__("the file holds no record")


class ValueRefused(RecordsError):
    """A single value does not have the form that the national tables demand."""


class BadDate(ValueRefused):
    """The text is not a date, not a partial date, or names a day that does not exist."""

    code = "record.bad-date"

    def __init__(self) -> None:
        super().__init__("not a date of the national or FHIR form")


class BadCardNumber(ValueRefused):
    """The text is not a 15-character insurance card number."""

    code = "record.bad-card-number"

    def __init__(self) -> None:
        super().__init__("not a 15-character insurance card number")


class MissingField(ValueRefused):
    """A record cannot be without the field `field` of the table `table`."""

    code = "record.missing-field"

    def __init__(self, table: str, line: int, field: str) -> None:
        super().__init__(f"{table}[{line}].{field} is missing")
        self.table = table
        self.line = line
        self.field = field


class Unwritable(ValueRefused):
    """XML cannot hold a text or the name of a field; or a file that cannot be read was to be changed."""

    code = "record.unwritable"

    def __init__(self, table: str, field: str | None = None) -> None:
        super().__init__(f"{table} cannot be written as XML" + (f": {field}" if field else ""))
        self.table = table
        self.field = field


class NoIdentifier(ValueRefused):
    """A question about a person names neither ID number, insurance number nor card."""

    code = "record.no-identifier"

    def __init__(self) -> None:
        super().__init__("the question names no identifier of the person")


class SignatureRefused(RecordsError):
    """A signature does not vouch for the file; `reason` is a word of docs/signatures.md."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the signature is refused: {reason}")
        self.reason = reason


class SignatureBroken(SignatureRefused):
    """The file is not what was signed, or the signature does not cover what the file says."""

    code = "signature.broken"


class SignatureUnsupported(SignatureRefused):
    """The signature is of a kind that is not judged here: weak, foreign to the national files, or several."""

    code = "signature.unsupported"


class SigningRefused(RecordsError):
    """A file cannot be signed; nothing was written."""


class AlreadySigned(SigningRefused):
    """The file has a signature, which is not replaced."""

    code = "signature.already-signed"

    def __init__(self) -> None:
        super().__init__("the file has a signature already")


class NotSigned(SigningRefused):
    """The key's signature does not verify, or its certificate would be refused; `reason` says why."""

    code = "signature.not-made"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the signature that was made is not valid: {reason}")
        self.reason = reason


class SignersUnreadable(RecordsError):
    """The table of signers or a certificate beside it cannot be read; `place` is a file and line."""

    code = "signature.signers-unreadable"

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place = place


class FhirRefused(RecordsError):
    """A FHIR resource cannot be read as the record asked for."""


class Unreadable(FhirRefused):
    """The bytes are no JSON object that is taken as a FHIR resource."""


class BodyTooLarge(Unreadable):
    """The body has more bytes than are taken at once."""

    code = "fhir.too-large"


class NestedTooDeep(Unreadable):
    """Too many objects and arrays stand inside each other."""

    code = "fhir.too-deep"


class NotUtf8(Unreadable):
    """The bytes, or an escape in a text, are no characters."""

    code = "fhir.invalid-utf8"


class NotJson(Unreadable):
    """The text is not JSON."""

    code = "fhir.malformed-json"


class DuplicateKey(Unreadable):
    """An object has two members of one name, and readers differ in which they take."""

    code = "fhir.duplicate-key"


class AbsurdNumber(Unreadable):
    """A number is NaN, infinite, or longer or larger than any honest one."""

    code = "fhir.number-out-of-range"


class NotAnObject(Unreadable):
    """The JSON is an array or a bare value."""

    code = "fhir.not-an-object"


class WrongResource(FhirRefused):
    """The resource is of another type than `expected`."""

    code = "fhir.wrong-resource"

    def __init__(self, expected: str) -> None:
        super().__init__(f"the resource is not a {expected}")
        self.expected = expected


class MissingElement(FhirRefused):
    """An element that the record needs is missing or unusable; `path` is its FHIRPath."""

    code = "fhir.missing-element"

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is missing or unusable")
        self.path = path
