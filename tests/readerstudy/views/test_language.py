"""The reader's language: chosen by the browser or the reader, on the readers' pages only, and never in the data."""

import json
import re
import uuid

import pytest
from django.test import Client
from django.utils import translation

from readerstudy.core import signing
from readerstudy.models import AuditEvent, Score, Signature
from readerstudy.services import close
from readerstudy.services import sign as service
from readerstudy.views.language import READERS_PAGES
from tests.blinding.addresses import PIXELS, Things
from tests.cast import PASSWORD
from tests.conftest import REASON, complete_answers, read_pair, without_csrf

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def language():
    """A request leaves its language behind in the thread; the next test must not find it."""
    with translation.override("en-gb"):
        yield


@pytest.fixture
def allocation(sealed):
    return sealed.allocations.select_related("reader__user", "study").order_by("position").first()


@pytest.fixture
def reader(allocation, sign_in):
    return sign_in(allocation.reader.user)


def language_of(response):
    return re.search(rb'<html lang="([a-z-]+)"', response.content)[1].decode()


def config_of(response):
    return json.loads(re.search(rb'id="reading-config" type="application/json">(.*?)</script>', response.content)[1])


class TestChoice:
    @pytest.mark.parametrize(
        ("asked", "answered", "word"),
        [
            ("de", "de", "Anmelden"), ("de-CH,en;q=0.8", "de", "Anmelden"), ("en-US,de;q=0.5", "en-gb", "Sign in"),
            ("fr", "en-gb", "Sign in"), ("", "en-gb", "Sign in"),
        ],
    )  # fmt: skip
    def test_the_browser_proposes_it(self, db, client, asked, answered, word):
        response = client.get("/sign-in/", headers={"Accept-Language": asked})

        assert language_of(response) == response["Content-Language"] == answered
        assert f"<h1>{word}</h1>" in response.content.decode()

    def test_the_reader_chooses_another_and_the_browser_keeps_it(self, db, client):
        page = client.get("/sign-in/?next=/read/")
        assert re.search(rb'<button[^>]+value="de"\s+lang="de"\s*>Deutsch</button>', page.content)
        assert re.search(rb'value="en-gb"\s+lang="en-gb"\s+aria-current="true">English</button>', page.content)

        chosen = client.post("/language/", {"language": "de", "next": "/sign-in/?next=/read/"})

        assert (chosen.status_code, chosen["Location"]) == (302, "/sign-in/?next=/read/")
        cookie = chosen.cookies["language"]
        assert (cookie.value, cookie["samesite"], bool(cookie["httponly"])) == ("de", "Lax", True)
        assert language_of(client.get("/sign-in/", headers={"Accept-Language": "en"})) == "de"

    def test_it_leads_to_no_other_site(self, db, client):
        answer = client.post("/language/", {"language": "de", "next": "https://elsewhere.example/"})

        assert answer["Location"] == "/"

    def test_a_language_without_pages_is_no_choice(self, db, client):
        client.post("/language/", {"language": "fr", "next": "/"})

        assert language_of(client.get("/sign-in/")) == "en-gb"

    def test_it_can_be_chosen_where_it_holds_and_nowhere_else(self, sealed, cast, sign_in):
        client = sign_in(cast.coordinator)

        assert b'action="/language/"' in client.get("/").content
        assert b'action="/language/"' not in client.get(f"/studies/{sealed.slug}/").content


class TestPages:
    def test_the_station_has_german_words_and_the_german_module_only(self, reader, allocation):
        page = reader.get(f"/read/{allocation.token}/", headers=GERMAN)

        text = page.content.decode()
        assert language_of(page) == "de"
        assert "Paar abschließen" in text
        assert "js/reading/texts.de.js" in text
        assert "texts.en.js" not in text

    def test_our_own_words_in_the_protocol_are_german_and_typed_ones_stay(self, reader, allocation):
        feature = allocation.study.features.get(code="snr")
        feature.label = "Noise, as seen"
        feature.save(update_fields=("label",))

        config = config_of(reader.get(f"/read/{allocation.token}/", headers=GERMAN))

        labels = {one["code"]: one["label"] for one in config["protocol"]["features"]}
        assert labels["snr"] == "Noise, as seen"
        assert labels["bone_lesions"] == "Knochenläsionen"
        assert config["protocol"]["scale"][2] == {"value": 3, "label": "Kein Unterschied"}
        assert {
            "code": "loss_anatomy",
            "label": "Verlust von Anatomie",
            "category": "Verlust",
            "subject": "anatomy",
        } in (config["protocol"]["consistency"])
        assert config["image_label"].startswith("LWS · sagittal")

    def test_the_list_of_answers_is_german(self, reader, allocation):
        read_pair(allocation, {**complete_answers(allocation.study, 2), "consistency:loss_anatomy:left": 1})

        page = reader.get(f"/read/{allocation.study.slug}/review/", headers=GERMAN).content.decode()

        for words in ("Meine Angaben", "links: Verlust von Anatomie", "Links leicht besser", "abgeschlossen"):
            assert words in page

    def test_times_have_the_form_of_the_language(self, sealed, cast, sign_in):
        for allocation in sealed.allocations.filter(reader=cast.reader_one):
            read_pair(allocation, complete_answers(sealed))
        signature = sign(cast.reader_one)
        at = signature.signed_at
        client = sign_in(cast.reader_one.user)

        assert f"{at.day} {at:%b} {at.year}, {at:%H:%M} UTC" in client.get("/read/").content.decode()
        german = client.get("/read/", headers=GERMAN).content.decode()
        assert re.search(rf"Unterschrieben am <time [^>]+>{at.day}\. \w+ {at.year}, {at:%H:%M} UTC</time>", german)

    def test_a_missing_page_is_missed_in_german(self, reader):
        page = reader.get("/nowhere/", headers=GERMAN)

        assert page.status_code == 404
        assert "Diese Seite gibt es nicht" in page.content.decode()

    def test_a_refusal_is_told_in_german_with_its_values(self, reader, allocation):
        body = {"key": str(uuid.uuid4()), "base_version": 0, "answers": {"feature:snr": 9}}
        answer = reader.post(
            f"/read/{allocation.token}/scores/", json.dumps(body), content_type="application/json",
            headers={**JSON, **GERMAN},
        )  # fmt: skip

        assert answer.status_code == 400
        assert answer.json()["message"] == "Die Angabe zu „feature:snr“ muss eine von 1, 2, 3, 4, 5 sein, nicht 9."

    def test_django_s_own_words_are_german_too(self, db, client):
        page = client.post("/sign-in/", {"username": "", "password": ""}, headers=GERMAN).content.decode()

        assert "Dieses Feld ist zwingend erforderlich." in page


class TestOfficePages:
    def test_every_page_that_is_not_the_readers_is_the_same_whatever_language_is_asked_for(self, sealed, cast, sign_in):
        for allocation in sealed.allocations.all():
            read_pair(allocation, complete_answers(sealed, 2))
        close.lock_study(sealed, actor=cast.coordinator, reason=REASON)
        sealed.refresh_from_db()
        close.unblind_study(sealed, actor=cast.coordinator, reason=REASON)
        addresses = Things(sealed, sealed.allocations.first()).addresses()
        office = {name: path for name, path in addresses.items() if name not in READERS_PAGES | PIXELS}
        client = sign_in(cast.coordinator)
        compared = 0
        for name, path in office.items():
            english, german = (client.get(path, headers={"Accept-Language": one}) for one in ("en", "de"))
            assert german.status_code == english.status_code, name
            assert german.get("Content-Language", "en-gb") == "en-gb", name
            assert without_csrf(german.getvalue()) == without_csrf(english.getvalue()), name
            english.close()
            german.close()
            compared += english.status_code == 200
        assert compared > 20


def sign(reader, language="en-gb"):
    return service.sign_readings(
        reader, password=PASSWORD, printed_name="Ada Example", reviewed_sha256=service.content_sha256(reader),
        language=language,
    )  # fmt: skip


class TestData:
    def test_the_same_answers_make_the_same_rows_in_every_language(self, sealed, cast):
        answers = {
            **complete_answers(sealed, 4), "consistency:loss_anatomy:right": 1,
            "comment:loss_anatomy:right": "1,5 mm at L4/5", "pin:loss_anatomy:right": {"slice": 0, "x": 1.5, "y": 2.25},
        }  # fmt: skip
        rows, events = {}, {}
        for language, allocation in zip(("en", "de"), sealed.allocations.filter(reader=cast.reader_one), strict=False):
            client = Client(headers={"Accept-Language": language, **JSON})
            client.force_login(allocation.reader.user)
            body = {"key": str(uuid.uuid4()), "base_version": 0, "answers": answers, "active_seconds": 2.5}
            for what, sent in (("scores", body), ("finish", {"base_version": 1})):
                saved = client.post(
                    f"/read/{allocation.token}/{what}/", json.dumps(sent), content_type="application/json"
                )
                assert saved.status_code == 200, saved.content
                assert saved["Content-Language"] == {"en": "en-gb", "de": "de"}[language]
            scores = Score.objects.filter(save_of__reading__allocation=allocation)
            rows[language] = sorted(scores.values_list("item", "value", "detail"), key=str)
            told = AuditEvent.objects.filter(
                detail__position=allocation.position, detail__reader=allocation.reader.code
            )
            events[language] = [
                (one.action, {key: value for key, value in one.detail.items() if key not in ("position", "given_at")})
                for one in told.order_by("pk")
            ]

        assert rows["de"] == rows["en"] != []
        assert events["de"] == events["en"] != []

    def test_the_page_sends_the_same_items_and_values_in_every_language(self, reader, allocation):
        """Words differ; codes, values, addresses and the order of everything do not."""
        english, german = (
            config_of(reader.get(f"/read/{allocation.token}/", headers={"Accept-Language": one}))
            for one in ("en", "de")
        )

        def wordless(config):
            rows = {name: value for name, value in config["protocol"].items() if isinstance(value, list)}
            kept = {name: [{k: v for k, v in row.items() if k not in ("label", "category")} for row in value]
                    for name, value in rows.items()}  # fmt: skip
            return {**config, "image_label": "", "protocol": {**config["protocol"], **kept}}

        assert wordless(german) == wordless(english)
        assert german != english

    def test_the_meaning_of_a_signature_is_recorded_as_it_was_shown_and_the_hash_knows_no_language(
        self, sealed, cast, sign_in
    ):
        for allocation in sealed.allocations.all():
            read_pair(allocation, complete_answers(sealed))
        expected = service.content_sha256(cast.reader_one)
        client = sign_in(cast.reader_one.user)
        page = client.get(f"/read/{sealed.slug}/review/", headers=GERMAN).content.decode()
        shown = re.search(r'id="meaning">(.+?)</p>', page)[1]
        posted = dict(re.findall(r'type="hidden" name="(content_sha256|language)" value="([^"]*)"', page)[-2:])

        client.post(
            f"/read/{sealed.slug}/sign/", {**posted, "password": PASSWORD, "printed_name": "Ada Example"},
            headers={"Accept-Language": "en"},  # even when the language was changed in another tab meanwhile
        )  # fmt: skip

        signature = Signature.objects.get(reader=cast.reader_one)
        event = AuditEvent.objects.get(action="scores signed")
        assert signature.meaning == shown == event.detail["meaning"] != signing.MEANING
        assert shown.startswith("Ich habe diese Bildpaare selbst beurteilt")
        assert event.detail["language"] == "de"
        assert signature.content_sha256 == expected == service.content_sha256(cast.reader_one)
        assert sign(cast.reader_two).meaning == signing.MEANING
        assert service.verify_signatures(sealed) == 2

    def test_a_language_without_pages_cannot_be_signed_in(self, sealed, cast, sign_in):
        for allocation in sealed.allocations.filter(reader=cast.reader_one):
            read_pair(allocation, complete_answers(sealed))

        with pytest.raises(service.BadInput, match="'xx'"):
            sign(cast.reader_one, language="xx")

        assert not Signature.objects.exists()
