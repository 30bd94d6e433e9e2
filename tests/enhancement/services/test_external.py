"""An enhancement node: what leaves, how what comes back finds its place, and what is told when it does not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enhancement import queries
from enhancement.models import EnhancementSettings, Sending, SendingState
from enhancement.services import external
from readerstudy.core.archives import parse_archives
from readerstudy.core.errors import BadInput, WrongState
from readerstudy.models import FileStatus, Series, Study, Task, TaskState
from readerstudy.services import archive, cases, receiving, tasks
from tests.enhancement.services.enhancing_node import enhancing_node, files_of
from tests.readerstudy.services.sending import soc_and_fast, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def node(settings):
    with enhancing_node() as running:
        settings.ENHANCEMENT_NODES = (running.archive,)
        yield running


@pytest.fixture
def engaged(node, cast):
    """A study whose accelerated series a node enhances, with two series of a patient."""
    receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")
    external.set_engine(cast.study, actor=cast.coordinator, node="Vendor X")
    cast.study.arms.filter(code="SOC-DL").update(source=None)  # one arm is enough for most of what follows
    take(cast.study, soc_and_fast())
    return cast.study


@pytest.fixture
def sent(engaged):
    tasks.work_off(engaged, ("enhance",))
    return Sending.objects.get(arm__code="FAST-DL")


def series_of(study, code):
    return study.series.get(arm__code=code, removed_at=None)


class TestSend:
    def test_the_de_identified_series_leaves_under_the_title_it_returns_to(self, sent, node, engaged):
        (title,) = node.came
        left = node.came[title]

        assert title == "SPINE"
        assert len(left) == 3
        assert {(str(one.PatientID), str(one.PatientName)) for one in left} == {("P001", "P001")}
        stored = {one.SOPInstanceUID for one in archive.load_datasets(series_of(engaged, "FAST"))}
        assert {one.SOPInstanceUID for one in left} == stored
        assert "Quimby" not in str(left)
        assert (sent.state, sent.node) == (SendingState.WAITING, "Vendor X")

    def test_while_it_waits_it_is_not_sent_twice(self, sent, node, engaged):
        cases.refresh(engaged.image_sets.get())
        tasks.work_off(engaged, ("enhance",))

        assert len(node.came["SPINE"]) == 3

    def test_a_node_that_refuses_fails_in_words_and_can_be_retried(self, engaged, node):
        node.status = 0xA700
        tasks.work_off(engaged, ("enhance",))
        task = engaged.tasks.get(kind="enhance", state=TaskState.FAILED)
        assert "did not take image 1 (DICOM status A700)" in task.error

        node.status = 0
        tasks.retry(task, None)
        tasks.work_off(engaged, ("enhance",))
        assert Sending.objects.get().state == SendingState.WAITING

    def test_a_node_that_is_down_fails_in_words(self, engaged, settings):
        settings.ENHANCEMENT_NODES = parse_archives(["Vendor X=dicom://VENDORX@127.0.0.1:1"])
        tasks.work_off(engaged, ("enhance",))

        assert "cannot be reached" in engaged.tasks.get(kind="enhance").error

    def test_it_is_late_after_a_while_and_sent_again_when_asked(self, sent, node, cast, settings):
        assert not external.is_late(sent, now=timezone.now())
        assert external.is_late(sent, now=timezone.now() + timedelta(minutes=settings.ENHANCEMENT_LATE_MINUTES + 1))
        external.send_again(sent, actor=cast.coordinator)
        tasks.work_off(cast.study, ("enhance",))

        assert len(node.came["SPINE"]) == 6


class TestReturn:
    @pytest.mark.parametrize("names_its_source", [True, False])
    def test_it_becomes_the_arm_of_its_source(self, sent, node, engaged, names_its_source):
        upload = take(engaged, files_of(node.made("SPINE", names_its_source=names_its_source)))

        made, source = series_of(engaged, "FAST-DL"), series_of(engaged, "FAST")
        assert (made.image_set, made.participant, made.derived_from) == (source.image_set, source.participant, source)
        assert made.origin == Series.Origin.UPLOADED
        assert made.pixel_sha256 != source.pixel_sha256
        assert engaged.participants.count() == 1
        assert set(upload.files.values_list("status", flat=True)) == {FileStatus.TAKEN}
        sent.refresh_from_db()
        assert (sent.state, sent.result) == (SendingState.DONE, made)

    def test_its_references_still_name_the_stored_source(self, sent, node, engaged):
        take(engaged, files_of(node.made("SPINE")))

        sources = {one.SOPInstanceUID for one in archive.load_datasets(series_of(engaged, "FAST"))}
        made = archive.load_datasets(series_of(engaged, "FAST-DL"))
        assert {one.SourceImageSequence[0].ReferencedSOPInstanceUID for one in made} == sources
        assert {one.StudyInstanceUID for one in made} == {
            one.StudyInstanceUID for one in archive.load_datasets(series_of(engaged, "FAST"))
        }
        assert not {one.SOPInstanceUID for one in made} & sources

    def test_the_same_again_is_recognised_and_another_one_is_held(self, sent, node, engaged):
        files = files_of(node.made("SPINE"))
        take(engaged, files)
        again = take(engaged, files)
        assert "already" in again.files.first().reason

        for one in node.came["SPINE"]:
            one.SeriesInstanceUID += ".7"  # the node makes it a second time, as another series
        second = take(engaged, files_of(node.made("SPINE")))
        assert set(second.files.values_list("status", flat=True)) == {FileStatus.HELD}
        assert "S001 has a series for FAST-DL already" in second.files.first().reason

    def test_of_two_that_lie_alike_and_name_nothing_it_waits(self, engaged, node):
        dl = engaged.arms.get(code="SOC-DL")
        dl.source = engaged.arms.get(code="SOC")
        dl.save()
        cases.refresh(engaged.image_sets.get())
        tasks.work_off(engaged, ("enhance",))
        half = node.made("SPINE", names_its_source=False)[:3]
        upload = take(engaged, files_of(half))

        assert set(upload.files.values_list("status", flat=True)) == {FileStatus.HELD}
        assert "cannot be told" in upload.files.first().reason
        by_hand = take(engaged, files_of(half), arm=dl)
        assert set(by_hand.files.values_list("status", flat=True)) == {FileStatus.TAKEN}
        assert series_of(engaged, "SOC-DL").derived_from == series_of(engaged, "SOC")

    def test_when_it_is_removed_the_source_is_sent_again(self, sent, node, engaged, cast):
        take(engaged, files_of(node.made("SPINE")))
        cases.remove(series_of(engaged, "FAST-DL"), actor=cast.coordinator)
        tasks.work_off(engaged, ("enhance",))

        assert len(node.came["SPINE"]) == 6
        sent.refresh_from_db()
        assert sent.state == SendingState.WAITING

    def test_another_patients_series_is_nothing_of_it(self, sent, engaged):
        take(engaged, soc_and_fast(PatientID="OTHER", StudyInstanceUID="9.9.9", FrameOfReferenceUID="9.9.8"))

        assert engaged.participants.count() == 2


class TestEngine:
    def test_what_another_engine_made_is_made_again(self, sent, node, engaged, cast):
        take(engaged, files_of(node.made("SPINE")))
        back = series_of(engaged, "FAST-DL")

        assert external.set_engine(engaged, actor=cast.coordinator, node="") == 1
        back.refresh_from_db()
        assert back.removed_at is not None
        assert engaged.tasks.filter(kind="enhance", subject=sent.source_id, state=TaskState.QUEUED).exists()

    def test_one_that_is_not_configured_or_cannot_return_is_refused(self, node, cast):
        with pytest.raises(BadInput, match="elsewhere"):
            external.set_engine(cast.study, actor=cast.coordinator, node="elsewhere")
        with pytest.raises(WrongState, match="AE title"):
            external.set_engine(cast.study, actor=cast.coordinator, node="Vendor X")
        assert queries.node_of(cast.study) == ""

    def test_a_sealed_study_keeps_its_engine(self, node, cast):
        Study.objects.filter(pk=cast.study.pk).update(status="reading")
        with pytest.raises(WrongState):
            external.set_engine(cast.study, actor=cast.coordinator, node="Vendor X")


class TestPage:
    def test_it_offers_the_node_and_shows_what_is_under_way(self, sent, cast, sign_in, settings):
        client = sign_in(cast.coordinator)
        address = f"/studies/{cast.study.slug}/denoiser/"
        text = client.get(address).content.decode()
        assert "Sent to Vendor X" in text
        assert "Waiting for its return" in text

        settings.ENHANCEMENT_LATE_MINUTES = 0
        assert "Late" in client.get(address, HTTP_HX_REQUEST="true").content.decode()
        assert "sent again" in client.post(f"{address}sent/{sent.pk}/again/", follow=True).content.decode()
        Task.objects.filter(kind="enhance").update(state=TaskState.FAILED, error="The node sleeps.")
        assert "The node sleeps." in client.get(address).content.decode()

    def test_the_engine_is_chosen_there(self, node, cast, sign_in):
        client = sign_in(cast.coordinator)
        receiving.add_title(cast.study, actor=cast.coordinator, title="SPINE")
        client.post(f"/studies/{cast.study.slug}/denoiser/engine/", {"node": "Vendor X"})

        assert EnhancementSettings.objects.get(study=cast.study).node == "Vendor X"
