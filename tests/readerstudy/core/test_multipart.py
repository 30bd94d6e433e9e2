"""multipart/related as a stream: whole parts, any chunking, bounded memory, torn messages told."""

import io
import random

import pytest

from readerstudy.core.multipart import CHUNK, BadMultipart, Multipart, media_type


class Dripping:
    """A stream that gives as much as it likes, as a network does."""

    def __init__(self, content: bytes, sizes: random.Random) -> None:
        self._file, self._sizes = io.BytesIO(content), sizes

    def read(self, size: int) -> bytes:
        return self._file.read(min(size, self._sizes.choice((1, 2, 3, 7, 50, 4096))))


def message(*parts: bytes, boundary="b0", headers=b"Content-Type: application/dicom\r\n", preamble=b"") -> bytes:
    mark = b"--" + boundary.encode()
    return preamble + b"".join(mark + b"\r\n" + headers + b"\r\n" + one + b"\r\n" for one in parts) + mark + b"--\r\n"


def read_all(content, boundary="b0"):
    stream = content if hasattr(content, "read") else io.BytesIO(content)
    return [(part.headers, b"".join(part.chunks())) for part in Multipart(stream, boundary).parts()]


class TestParts:
    def test_each_part_with_its_headers(self):
        assert read_all(message(b"one", b"two")) == [
            ({"content-type": "application/dicom"}, b"one"), ({"content-type": "application/dicom"}, b"two"),
        ]  # fmt: skip

    @pytest.mark.parametrize("seed", range(20))
    def test_however_the_bytes_come(self, seed):
        rng = random.Random(seed)
        # What looks like a boundary and is none.
        parts = [rng.randbytes(rng.choice((0, 1, 90, 9000))) + b"\r\n--b\r\n-" for _ in range(4)]

        found = read_all(Dripping(message(*parts, preamble=b"to be ignored\r\n"), rng))

        assert [content for _, content in found] == parts

    def test_a_part_that_nobody_reads_is_skipped(self):
        parts = Multipart(io.BytesIO(message(b"x" * 300_000, b"two")), "b0").parts()
        next(parts)

        assert b"".join(next(parts).chunks()) == b"two"

    def test_a_large_part_comes_in_small_pieces(self):
        for part in Multipart(io.BytesIO(message(b"x" * 5_000_000)), "b0").parts():
            assert max(len(chunk) for chunk in part.chunks()) <= 2 * CHUNK

    def test_a_part_without_headers(self):
        assert read_all(message(b"one", headers=b"")) == [({}, b"one")]

    @pytest.mark.parametrize(
        "torn",
        [
            b"", b"nothing of the kind", b"--b0\r\n", b"--b0\r\nContent-Type: a", message(b"one")[:-6],
            b"--b0 x\r\n\r\n", b"--b0\r\n" + b"x" * 20_000, b"x" * 200_000,
        ],
    )  # fmt: skip
    def test_a_message_that_ends_in_the_middle_is_told(self, torn):
        with pytest.raises(BadMultipart):
            read_all(torn)

    def test_what_came_whole_before_the_tear_was_given(self):
        parts = Multipart(io.BytesIO(message(b"one", b"two")[:-12]), "b0").parts()

        assert b"".join(next(parts).chunks()) == b"one"
        torn = next(parts)
        with pytest.raises(BadMultipart):
            b"".join(torn.chunks())

    @pytest.mark.parametrize("boundary", ["", "a" * 201, "ends with a space ", "ümlaut", "a\r\nb"])
    def test_it_refuses_what_cannot_be_a_boundary(self, boundary):
        with pytest.raises(BadMultipart):
            Multipart(io.BytesIO(b""), boundary)


class TestMediaType:
    def test_name_and_parameters(self):
        found = media_type('Multipart/Related; type="application/dicom"; Boundary=abc; start="a\\"b"')

        assert found.name == "multipart/related"
        assert found.parameters == {"type": "application/dicom", "boundary": "abc", "start": 'a"b'}

    def test_nothing_is_nothing(self):
        assert media_type("").name == ""
