"""`manage.py receive_dicom`: the DICOM node that takes images from scanners and archives."""

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from readerstudy.receiver.node import LOOK_EVERY_S, Node


class Command(BaseCommand):
    help = (
        "Take images by DICOM C-STORE into the studies whose AE titles are called, and answer C-ECHO. "
        "`serve` starts it where READERSTUDY_DICOM_PORT is set. Ctrl-C stops it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DICOM_PORT:
            raise CommandError("READERSTUDY_DICOM_PORT is not set: the receiver is off.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        node = Node()
        try:
            node.start()
        except OSError as error:
            place = f"{settings.DICOM_BIND}:{settings.DICOM_PORT}"
            raise CommandError(f"Cannot listen on {place}: {error.strerror or 'no such address'}.") from error
        self.stdout.write(f"{settings.DICOM_AE_TITLE} listens on {settings.DICOM_BIND}:{settings.DICOM_PORT}.")
        self.stdout.flush()
        while not stop.wait(LOOK_EVERY_S):
            node.look()
        node.stop()
