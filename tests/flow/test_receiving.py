"""Images by the network, from programs that are not ours (dcmtk, Orthanc), into the whole running product."""

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time

import pytest
import requests
from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.sop_class import CTImageStorage, MRImageStorage

from benchmarks.frail_server import FrailServer
from tests.flow.archives import archived_files, dcmqrscp, store
from tests.flow.network import (
    IDLE_S,
    OUR_TITLE,
    PREPARE,
    missing,
    orthanc_settings,
    prepare,
    settings_of,
    wait_for,
    write_files,
)
from tests.readerstudy.core.mr_builder import file_bytes, mr_dataset
from tests.readerstudy.core.test_multipart import message
from tests.readerstudy.services.sending import sagittal_series, soc_and_fast
from tests.real_stack import ROOT, free_port, running_stack

pytestmark = pytest.mark.skipif(
    bool(missing("storescu", "echoscu", "dcmqrscp")), reason=missing("storescu", "dcmqrscp")
)
NODE_PORT = free_port()
ENHANCED_ELSEWHERE = {"READERSTUDY_ENHANCEMENT_NODES": f"Vendor X=dicom://VENDORX@127.0.0.1:{NODE_PORT}"}
MPEG = "1.2.840.10008.1.2.4.102"


@pytest.fixture(scope="module")
def network():
    port = free_port()
    with running_stack(**settings_of(port), **ENHANCED_ELSEWHERE) as stack:
        yield prepare(stack, port)


@pytest.fixture
def series(tmp_path, request):
    """The files of one new series of a new patient."""
    number = abs(hash(request.node.nodeid)) % 10**8
    files = sagittal_series(f"1.2.3.{number}", seed=number, PatientID=f"QZ{number}")
    return write_files(tmp_path / "series", files)


@contextlib.contextmanager
def associated(network, called="SPINE", *, sop_class=MRImageStorage, syntax=None, calling="SCANNER1"):
    entity = AE(calling)
    entity.add_requested_context(sop_class, syntax)
    association = entity.associate("127.0.0.1", network.port, ae_title=called)
    raw = association.dul.socket.socket if association.dul.socket else None
    try:
        yield association
    finally:
        if association.is_established:
            association.release()
        if raw is not None:  # the library leaves one open whose peer went away
            raw.close()


class TestEcho:
    def test_our_title_and_that_of_a_study_answer(self, network):
        assert network.echo(OUR_TITLE).returncode == 0
        assert network.echo("SPINE").returncode == 0

    @pytest.mark.parametrize(
        ("called", "calling"), [("NOBODY", "SCANNER1"), ("SPINE", "STRANGER"), ("FROZEN", "SCANNER1")]
    )
    def test_others_are_rejected_and_told(self, network, called, calling):
        done = network.echo(called, calling)

        assert done.returncode != 0
        assert "Not Recognized" in done.stderr
        wait_for(lambda: any(row[:2] == (f"{calling} at 127.0.0.1", called) for row in network.refusals()))


class TestStore:
    def test_a_series_becomes_a_series_of_the_study(self, network, series):
        before = network.slices_of_series("spine-study")
        read = len(network.reports("SPINE"))

        assert network.store(series, "SPINE").returncode == 0

        report = network.wait_until_read("SPINE", uploads=read + 1)[-1]
        assert report == {"done": 1, "taken": 3}
        assert network.slices_of_series("spine-study") == [*before, 3]

    def test_the_same_series_again_is_no_second_one(self, network, series):
        read = len(network.reports("SPINE"))
        counts = []
        for again in (1, 2):
            assert network.store(series, "SPINE").returncode == 0
            assert network.wait_until_read("SPINE", uploads=read + again)[-1] == {"done": 1, "taken": 3}
            counts.append(len(network.slices_of_series("spine-study")))

        assert counts[0] == counts[1]

    def test_a_title_leads_to_its_study_only(self, network, series):
        spine = network.slices_of_series("spine-study")

        assert network.store(series, "OTHER").returncode == 0

        network.wait_until_read("OTHER", uploads=1)
        assert network.slices_of_series("another-study") == [3]
        assert network.slices_of_series("spine-study") == spine

    def test_a_title_of_an_arm_names_the_arm(self, network, series):
        assert network.store(series, "SPINE_FAST").returncode == 0

        network.wait_until_read("SPINE_FAST", uploads=1)
        arms = network.rows("select a.code from readerstudy_series s join readerstudy_arm a on a.id = s.arm_id")
        assert ("FAST",) in arms

    @pytest.mark.parametrize(("compress", "option"), [("dcmcjpeg", "-xs"), ("dcmcjpls", "-xt"), ("dcmcrle", "-xr")])
    def test_compressed_images_come_as_they_are(self, network, series, compress, option):
        for path in series:
            subprocess.run([compress, str(path), str(path)], check=True, capture_output=True)
        read = len(network.reports("SPINE"))

        assert network.store(series, "SPINE", option).returncode == 0

        assert network.wait_until_read("SPINE", uploads=read + 1)[-1] == {"done": 1, "taken": 3}

    def test_what_is_no_mr_image_is_refused_and_the_association_goes_on(self, network, series, tmp_path):
        report = tmp_path / "0.dcm"
        report.write_bytes(file_bytes(mr_dataset(number=9, SOPClassUID=CTImageStorage, Modality="CT")))
        read = len(network.reports("SPINE"))

        done = network.store([report, *series], "SPINE", "-nh", "-v")

        assert network.wait_until_read("SPINE", uploads=read + 1)[-1] == {"done": 1, "taken": 3}
        assert "SOPClassNotSupported" in done.stderr
        wait_for(lambda: any("Not an MR image" in row[2] and row[3] == "spine-study" for row in network.refusals()))

    def test_a_sealed_study_is_left_as_it_is(self, network, series):
        def frozen_words(row):
            return "READING: its cases are frozen" in row[2] and row[3] == "frozen-study"

        assert network.store(series, "FROZEN").returncode != 0

        wait_for(lambda: any(map(frozen_words, network.refusals())))
        assert network.reports("FROZEN") == []
        assert network.slices_of_series("frozen-study") == []

    def test_our_own_title_takes_no_images(self, network, series):
        with associated(network, OUR_TITLE) as association:
            assert association.send_c_store(dcmread(series[0])).Status == 0x0124


class TestKilled:
    def test_what_was_acknowledged_survives_and_the_rest_joins_it(self, network, series):
        read = len(network.reports("SPINE"))
        with associated(network) as association:
            for path in series[:2]:
                assert association.send_c_store(dcmread(path)).Status == 0x0000
            killed = network.receiver_pid()
            os.kill(killed, signal.SIGKILL)

        rows = network.rows(
            "select f.sha256 from readerstudy_uploadedfile f"
            " join readerstudy_upload u on u.id = f.upload_id where u.state = 'receiving'"
        )
        assert len(rows) == 2
        assert all(sha256 for (sha256,) in rows)
        wait_for(lambda: network.echo("SPINE").returncode == 0)
        assert network.receiver_pid() != killed
        time.sleep(2 * IDLE_S)
        assert network.reports("SPINE")[-1] == {"receiving": 1, "received": 2}

        with associated(network) as association:
            for path in series:
                assert association.send_c_store(dcmread(path)).Status == 0x0000

        assert network.wait_until_read("SPINE", uploads=read + 1)[-1] == {"done": 1, "taken": 3}
        assert len(network.reports("SPINE")) == read + 1
        assert network.slices_of_series("spine-study")[-1] == 3


MALFORMED = [
    struct.pack(">BBL", 1, 0, 0xFFFFFFFF) + b"x" * 4096,  # a PDU of 4 GiB
    struct.pack(">BBL", 4, 0, 0xFFFFFFFE) + b"x" * 4096,
    struct.pack(">BBL", 1, 0, 74) + b"\xff" * 74,  # an association request of nothing but ones
    struct.pack(">BBL", 99, 0, 4) + b"abcd",  # a PDU that does not exist
    struct.pack(">BBL", 4, 0, 12) + struct.pack(">LBB", 0xFFFFFFFF, 1, 3) + b"abcdef",  # data before asking
    b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
]


class TestHostile:
    def connect(self, network):
        return socket.create_connection(("127.0.0.1", network.port), timeout=20)

    def is_closed(self, connection, within_s=20.0):
        connection.settimeout(within_s)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
        return True

    def test_malformed_bytes_end_the_connection_and_nothing_else(self, network):
        """All of them at once: some are ended at once, some only by the half minute of silence that is granted."""
        before = network.resident_mib()
        pid = network.receiver_pid()
        with contextlib.ExitStack() as opened:
            connections = [opened.enter_context(self.connect(network)) for _ in MALFORMED]
            for connection, sent in zip(connections, MALFORMED, strict=True):
                connection.sendall(sent)
            assert all(self.is_closed(connection, 45) for connection in connections)

        assert network.echo(OUR_TITLE).returncode == 0
        assert network.receiver_pid() == pid
        assert network.resident_mib() < before + 30

    def test_a_command_without_end_is_cut_off(self, network):
        before = network.resident_mib()
        with associated(network) as association:
            endless = struct.pack(">LBB", 60_002, 1, 1) + b"\0" * 60_000  # command, not the last fragment
            sent = 0
            with contextlib.suppress(OSError, AttributeError):
                for _ in range(400):
                    association.dul.socket.socket.sendall(struct.pack(">BBL", 4, 0, len(endless)) + endless)
                    sent += len(endless)
            wait_for(lambda: not association.is_established)

        assert sent < 20_000_000
        assert network.resident_mib() < before + 30
        assert network.echo(OUR_TITLE).returncode == 0

    def test_an_unknown_transfer_syntax_is_not_agreed_on(self, network):
        with associated(network, syntax=MPEG) as association:
            assert not association.accepted_contexts

    def test_a_thousand_connections_leave_it_standing(self, network):
        pid, before = network.receiver_pid(), network.resident_mib()
        held = []
        for _ in range(1000):
            with contextlib.suppress(OSError):
                held.append(self.connect(network))
        for connection in held:
            connection.close()

        wait_for(lambda: network.echo(OUR_TITLE).returncode == 0)
        assert network.receiver_pid() == pid
        assert network.resident_mib() < before + 60
        wait_for(lambda: any("Too many connections" in row[2] for row in network.refusals()))


class TestArchive:
    def test_dcmqrscp_moves_a_series_to_us(self, network, series, tmp_path):
        """The way of most archives: C-MOVE tells it to send to a title that it knows."""
        port, storage = free_port(), tmp_path / "archive"
        storage.mkdir()
        (tmp_path / "dcmqrscp.cfg").write_text(
            f"NetworkTCPPort = {port}\nMaxPDUSize = 16384\nMaxAssociations = 4\n"
            f"HostTable BEGIN\nus = (SPINE, 127.0.0.1, {network.port})\n"
            f"me = (MOVER, 127.0.0.1, {free_port()})\nHostTable END\n"
            f"VendorTable BEGIN\nVendorTable END\nAETable BEGIN\nARCHIVE {storage} RW (9, 1024mb) ANY\nAETable END\n"
        )
        read = len(network.reports("SPINE"))
        archive = subprocess.Popen(["dcmqrscp", "-c", str(tmp_path / "dcmqrscp.cfg")])
        try:
            place = ("127.0.0.1", str(port))
            wait_for(lambda: network.run("echoscu", "-aec", "ARCHIVE", *place).returncode == 0)
            assert network.run("storescu", "-aec", "ARCHIVE", *place, *map(str, series)).returncode == 0
            uid = dcmread(series[0]).SeriesInstanceUID
            keys = ["-k", "QueryRetrieveLevel=SERIES", "-k", "StudyInstanceUID=1.2.3", "-k", f"SeriesInstanceUID={uid}"]
            moved = network.run("movescu", "-S", "-aet", "MOVER", "-aec", "ARCHIVE", "-aem", "SPINE", *keys, *place)
        finally:
            archive.kill()
            archive.wait()

        assert moved.returncode == 0, moved.stderr
        assert network.wait_until_read("SPINE", uploads=read + 1)[-1] == {"done": 1, "taken": 3}

    def test_we_ask_an_archive_without_c_get_to_send(self, network, tmp_path):
        """`fetch_series` by C-MOVE: what comes to our own title is known by the request that it answers."""
        with dcmqrscp(tmp_path, "--disable-get", destinations={OUR_TITLE: network.port}) as node:
            store(node, "ARCHIVE", tmp_path / "files", archived_files(31))
            printed = network.stack.manage(
                "fetch_series", "spine-study", "--patient-id", "QZ31", "--json",
                READERSTUDY_ARCHIVES=f"old=dicom://ARCHIVE@127.0.0.1:{node.dicom}",
            )  # fmt: skip

        assert [one["taken"] for one in json.loads(printed)["series"]] == [3, 2]
        assert network.files_fetched() == [("done", "taken")] * 5
        assert network.slices_of_series("spine-study")[-2:] == [3, 2]


@pytest.mark.skipif(bool(missing("Orthanc")), reason=missing("Orthanc"))
class TestOrthanc:
    @pytest.fixture
    def orthanc(self, network, tmp_path, series):
        """An Orthanc that holds one series: its address and the series' name there."""
        http = free_port()
        settings = orthanc_settings(tmp_path, http=http, dicom=free_port(), network=network)
        log = (tmp_path / "orthanc.log").open("wb")
        process = subprocess.Popen(["Orthanc", "--verbose", str(settings)], stdout=log, stderr=log)
        address = f"http://127.0.0.1:{http}"

        def answers():
            with contextlib.suppress(requests.ConnectionError):
                return requests.get(f"{address}/system", timeout=5).ok
            return False

        try:
            wait_for(answers)
            parents = [requests.post(f"{address}/instances", path.read_bytes(), timeout=30).json() for path in series]
            yield address, parents[0]["ParentSeries"]
            print((tmp_path / "orthanc.log").read_text()[-3000:])
        finally:
            process.terminate()
            process.wait(30)
            log.close()

    def test_it_sends_by_c_store(self, network, orthanc):
        address, name = orthanc
        read = len(network.reports("SPINE"))

        sent = requests.post(f"{address}/modalities/spine/store", name, timeout=60)

        assert sent.ok, sent.text
        assert network.wait_until_read("SPINE", uploads=read + 1)[-1] == {"done": 1, "taken": 3}

    def test_it_is_told_when_the_title_is_wrong(self, network, orthanc):
        address, name = orthanc

        assert not requests.post(f"{address}/modalities/wrong/store", name, timeout=60).ok
        wait_for(lambda: any(row[:2] == ("ORTHANC at 127.0.0.1", "NOBODY") for row in network.refusals()))

    def test_it_sends_by_stow_rs(self, network, orthanc):
        address, name = orthanc
        read = len(network.reports("archive"))

        sent = requests.post(
            f"{address}/dicom-web/servers/spine/stow", json={"Resources": [name], "Synchronous": True}, timeout=60
        )

        assert sent.ok, sent.text
        assert network.wait_until_read("archive", uploads=read + 1)[-1] == {"done": 1, "taken": 3}


class TestEnhancementNode:
    def test_what_a_node_makes_of_a_series_comes_back_as_its_arm(self, network, tmp_path):
        """FAST leaves for a node in a process of its own, and FAST-DL comes from there, through the whole product."""
        files = write_files(tmp_path, soc_and_fast(PatientID="QZ77"))
        node = subprocess.Popen(
            [sys.executable, "-m", "tests.enhancement.services.enhancing_node", str(NODE_PORT), str(network.port)],
            cwd=ROOT,
        )
        try:
            wait_for(lambda: network.run("echoscu", "-aec", "VENDORX", "127.0.0.1", str(NODE_PORT)).returncode == 0)
            assert network.store(files, "ELSEWHERE").returncode == 0
            wait_for(lambda: len(network.arms_of("made-elsewhere")) == 3)
        finally:
            node.terminate()
            node.wait(30)

        assert network.arms_of("made-elsewhere") == [("SOC", "P001"), ("FAST", "P001"), ("FAST-DL", "P001")]


class TestStowRs:
    def stow(self, network, body):
        headers = {
            "Authorization": f"Bearer {network.secret}",
            "Content-Type": 'multipart/related; type="application/dicom"; boundary=b0',
        }
        return requests.post(
            f"{network.stack.address}/dicom-web/spine-study/studies", body, headers=headers, timeout=60
        )

    @pytest.mark.parametrize("chunked", [False, True])
    def test_a_plain_client_sends_a_series(self, network, series, chunked):
        body = message(*(path.read_bytes() for path in series))
        read = len(network.reports("archive"))

        response = self.stow(network, (body[at : at + 1000] for at in range(0, len(body), 1000)) if chunked else body)

        assert response.status_code == 200, response.text
        assert len(response.json()["00081199"]["Value"]) == 3
        assert network.wait_until_read("archive", uploads=read + 1)[-1] == {"done": 1, "taken": 3}


class TestNames:
    def test_no_log_names_a_patient(self, network):
        """Runs last in this file: everything above sent images of Zelda Quimby."""
        logs = [*(network.stack.data_dir / "logs").iterdir(), network.stack.data_dir.parent / "stack.log"]

        assert any(log.name == "receiver.log" for log in logs)
        for log in logs:
            text = log.read_text(errors="replace")
            assert "quimby" not in text.lower(), log.name
            assert "QZ" not in text, log.name


class TestFullDisk:
    def test_nothing_is_acknowledged_that_was_not_kept(self, series):
        """On a disk of 160 MiB, less than what is kept free for the database."""
        port = free_port()
        server = FrailServer()
        server.environment.update(settings_of(port))
        with server:
            server.manage("shell", "-c", PREPARE)
            place = ("127.0.0.1", str(port))
            done = subprocess.run(
                ["storescu", "-v", "-aet", "SCANNER1", "-aec", "SPINE", *place, *map(str, series)],
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            alive = subprocess.run(["echoscu", "-aet", "SCANNER1", "-aec", OUR_TITLE, *place], check=False)
            counted = server.manage(
                "shell", "-c", "from readerstudy.models import *; print('FILES', UploadedFile.objects.count())"
            )

        assert done.returncode != 0
        assert "Local Limit Exceeded" in done.stderr
        assert alive.returncode == 0
        assert "FILES 0" in counted
