"""Images that we get ourselves, from archives that are not ours: Orthanc and dcmtk's dcmqrscp."""

import contextlib
import subprocess
import tempfile
from datetime import date

import pytest

from readerstudy.core.archives import ArchiveTrouble, parse_archives
from readerstudy.core.found import Question, SeriesPlace
from readerstudy.models import AuditEvent, Fetch, FetchState, FileStatus, Series, UploadedFile
from readerstudy.remote import dimse
from readerstudy.remote.ask import ask, search
from readerstudy.services import archive as archive_of_series
from readerstudy.services import fetch_images, fetching, ingest, uploads
from tests.flow.archives import WRITTEN, Node, archived_files, dcmqrscp, orthanc, store
from tests.flow.network import missing
from tests.readerstudy.services.sending import sagittal_series, silent, take

PROGRAMS = ("Orthanc", "dcmqrscp", "storescu", "echoscu", "dcmcjpls")
pytestmark = pytest.mark.skipif(bool(missing(*PROGRAMS)), reason=missing(*PROGRAMS))
STUDIES = (1, 2)


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """Name to archive; each holds the same two examinations of two patients."""
    with contextlib.ExitStack() as running:
        peer = running.enter_context(orthanc(tmp_path_factory.mktemp("orthanc")))
        other = running.enter_context(dcmqrscp(tmp_path_factory.mktemp("dcmqrscp")))
        for number in STUDIES:
            files = archived_files(number)
            store(peer, "ORTHANC", tmp_path_factory.mktemp("files"), files)
            store(other, "ARCHIVE", tmp_path_factory.mktemp("files"), files)
        words = [
            f"web={peer.web}", f"node=dicom://ORTHANC@127.0.0.1:{peer.dicom}",
            f"dcmtk=dicom://ARCHIVE@127.0.0.1:{other.dicom}",
        ]  # fmt: skip
        yield {one.name: one for one in parse_archives(words, passwords=[f"web={WRITTEN}"])}


EVERY = pytest.mark.parametrize("name", ["web", "node", "dcmtk"])


@EVERY
class TestSearch:
    def test_it_finds_a_patients_series(self, archives, name):
        found = ask(archives[name], Question(patient_id="QZ1"), our_title="READERSTUDY")

        (study,) = found.studies
        assert (study.uid, study.patient_id, study.patient_name) == ("1.2.4711.1", "QZ1", "Quimby Zelda")
        assert (study.date, study.accession, study.description) == ("2026-01-31", "A1", "LUMBAR SPINE")
        assert [(one.uid, one.number, one.modality) for one in study.series] == [
            ("1.2.4711.1.1", 4, "MR"), ("1.2.4711.1.2", 5, "MR"),
        ]  # fmt: skip
        assert {one.images for one in study.series} <= ({3, 2} if name != "dcmtk" else {3, 2, None})

    @pytest.mark.parametrize(
        ("question", "uids"),
        [
            ({"accession": "A2"}, ["1.2.4711.2"]),
            ({"description": "LUMBAR SPINE"}, ["1.2.4711.1", "1.2.4711.2"]),
            ({"description": "SPINE", "patient_id": "QZ2"}, ["1.2.4711.2"]),
            ({"patient_id": "QZ1", "modality": "CT"}, []),
            ({"patient_id": "nobody"}, []),
        ],
    )
    def test_by_other_words(self, archives, name, question, uids):
        found = searched(archives[name], Question(**question))

        assert sorted(one.uid for one in found.studies) == uids

    def test_by_the_day(self, archives, name):
        on = Question(patient_id="QZ1", since=date(2026, 1, 31), until=date(2026, 1, 31))
        after = Question(patient_id="QZ1", since=date(2026, 2, 1))

        assert len(searched(archives[name], on).studies) == 1
        assert searched(archives[name], after).studies == ()


def searched(archive, question):
    """In this process, which is quicker: that the child does the same is shown once for each archive."""
    return search(archive, question, our_title="READERSTUDY")


def fetched(study, archive, place, settings):
    settings.ARCHIVES = (archive,)
    (fetch,) = fetching.begin(study, actor=None, archive=archive, places=[place], arm=None)
    upload = fetch_images.fetch_series(fetch, silent, close=uploads.close)
    fetch.refresh_from_db()
    return fetch, upload


@pytest.mark.django_db
@EVERY
class TestFetch:
    def test_a_series_becomes_a_series_of_the_study(self, archives, name, study, settings):
        fetch, upload = fetched(study, archives[name], SeriesPlace("1.2.4711.1", "1.2.4711.1.1", 4), settings)
        ingest.parse(upload, silent)

        assert (fetch.state, fetch.images, fetch.study_uid, fetch.series_uid) == (FetchState.DONE, 3, "", "")
        assert list(upload.files.values_list("status", flat=True)) == [FileStatus.TAKEN] * 3
        assert Series.objects.get().slices == 3

    def test_the_same_again_is_recognised(self, archives, name, study, settings):
        for _ in range(2):
            _, upload = fetched(study, archives[name], SeriesPlace("1.2.4711.2", "1.2.4711.2.2"), settings)
            ingest.parse(upload, silent)

        assert Series.objects.count() == 1
        assert "already" in upload.files.first().reason

    def test_one_that_is_gone_is_told(self, archives, name, study, settings):
        with pytest.raises(ArchiveTrouble, match="does not have"):
            fetched(study, archives[name], SeriesPlace("1.2.4711.1", "1.2.4711.1.99"), settings)

        assert Fetch.objects.get().state == FetchState.ASKED

    def test_nothing_of_the_patient_is_kept(self, archives, name, study, settings, cast, caplog):
        settings.ARCHIVES = (archives[name],)
        fetching.search(study, actor=cast.coordinator, archive=archives[name], question=Question(patient_id="QZ1"))
        _, upload = fetched(study, archives[name], SeriesPlace("1.2.4711.1", "1.2.4711.1.2"), settings)
        ingest.parse(upload, silent)
        uploads.erase_taken_names(upload)
        kept = [
            str(list(model.objects.values_list())).lower() for model in (AuditEvent, Fetch, Series, UploadedFile)
        ] + [caplog.text.lower()]

        assert "archive searched" in kept[0]
        assert [words for words in ("quimby", "qz1", "1.2.4711.1") for one in kept if words in one] == []


@pytest.mark.django_db
class TestGet:
    def test_a_compressed_series_comes_as_it_is(self, archives, tmp_path, study, settings):
        for name in ("soc", "fast"):
            (tmp_path / name).mkdir()
        files = {
            name: content
            for name, content in archived_files(7, StudyDescription="HEAD").items()
            if name.startswith("soc")
        }
        for place, content in files.items():
            (tmp_path / place).write_bytes(content)
            subprocess.run(["dcmcjpls", str(tmp_path / place), str(tmp_path / place)], check=True, capture_output=True)
        compressed = {place: (tmp_path / place).read_bytes() for place in files}
        node = archives["node"]
        store(Node(node.port), "ORTHANC", tmp_path / "sent", compressed, "-xt")
        _, upload = fetched(study, node, SeriesPlace("1.2.4711.7", "1.2.4711.7.1"), settings)
        ingest.parse(upload, silent)

        assert list(upload.files.values_list("status", flat=True)) == [FileStatus.TAKEN] * 3
        assert Series.objects.get().slices == 3

    def test_a_cancelled_one_stops_and_leaves_nothing(self, archives, study, settings):
        settings.ARCHIVES = tuple(archives.values())
        for name in archives:
            archive = archives[name]
            place = SeriesPlace("1.2.4711.1", "1.2.4711.1.1")
            (fetch,) = fetching.begin(study, actor=None, archive=archive, places=[place], arm=None)

            def cancelling(done, total, step="", fetch=fetch):
                fetch.refresh_from_db()
                if step == fetch_images.STEP and fetch.state == FetchState.ASKED:
                    fetching.cancel(fetch, actor=None)

            assert fetch_images.fetch_series(fetch, cancelling) is None
            fetch.refresh_from_db()
            assert fetch.state == FetchState.CANCELLED
        assert not UploadedFile.objects.exists()
        assert not list(settings.UPLOAD_DIR.glob("*/*.dcm"))

    def test_the_library_writes_where_uploads_lie(self, archives, study, settings):
        before = tempfile.tempdir
        fetched(study, archives["dcmtk"], SeriesPlace("1.2.4711.1", "1.2.4711.1.1"), settings)

        assert tempfile.tempdir == before
        assert list((settings.UPLOAD_DIR / ".receiving").iterdir()) == []

    def test_without_c_get_and_without_a_receiver_it_says_what_to_do(self, tmp_path, study, settings):
        with dcmqrscp(tmp_path, "--disable-get") as node:
            store(node, "ARCHIVE", tmp_path / "files", archived_files(1))
            (archive,) = parse_archives([f"old=dicom://ARCHIVE@127.0.0.1:{node.dicom}"])
            with pytest.raises(ArchiveTrouble, match="READERSTUDY_DICOM_PORT"):
                fetched(study, archive, SeriesPlace("1.2.4711.1", "1.2.4711.1.1"), settings)


@pytest.mark.django_db
class TestSend:
    def test_a_node_takes_the_series_as_it_is_stored(self, archives, study):
        """Orthanc as the peer that an enhancement node is to us."""
        take(study, sagittal_series("1.2.4711.90", PatientID="QZ90"))
        series = Series.objects.get()
        told = []
        with archive_of_series.opened(series) as instances:
            dimse.send_instances(archives["node"], instances, our_title="SPINE", progress=told.append)
            study_uid = instances[0].StudyInstanceUID

        assert told == [1, 2, 3]
        (found,) = searched(archives["web"], Question(patient_id="P001")).studies
        assert (found.uid, found.patient_name, [one.images for one in found.series]) == (study_uid, "P001", [3])


class TestRefusals:
    def test_a_wrong_password_is_told(self, archives):
        (archive,) = parse_archives([f"web={archives['web'].place}"], passwords=["web=reader:wrong"])

        with pytest.raises(ArchiveTrouble, match="HTTP 401"):
            searched(archive, Question(patient_id="QZ1"))

    def test_an_archive_that_is_down_is_told(self, archives):
        (archive,) = parse_archives(["gone=dicom://GONE@127.0.0.1:1"])

        with pytest.raises(ArchiveTrouble, match="cannot be reached"):
            searched(archive, Question(patient_id="QZ1"))
