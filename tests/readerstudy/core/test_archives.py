"""The setting that names the archives: what it takes, and what stops the start."""

import pytest

from readerstudy.core.archives import Language, parse_archives
from readerstudy.core.errors import BadSetting


class TestParse:
    def test_each_way_of_writing_one(self):
        web, plain, node, old = parse_archives(
            [
                "main=https://pacs.example.org/dicom-web/", "near=http://192.0.2.7:8042/dicom-web",
                "VNA 2=dicom://ORTHANC@192.0.2.8:4242", "old=dicom-move://OLD PACS@old.example.org:104",
            ]
        )  # fmt: skip

        assert (web.language, web.host, web.port, web.path, web.secure) == (
            Language.WEB, "pacs.example.org", 443, "/dicom-web", True,
        )  # fmt: skip
        assert (plain.port, plain.secure, plain.place) == (8042, False, "http://192.0.2.7:8042/dicom-web")
        assert (node.name, node.language, node.title, node.port) == ("VNA 2", Language.GET, "ORTHANC", 4242)
        assert (old.language, old.title) == (Language.MOVE, "OLD PACS")

    def test_nothing_is_no_archive(self):
        assert parse_archives([]) == ()

    @pytest.mark.parametrize(
        "word",
        [
            "https://pacs.example.org", "main=", "main=pacs.example.org", "main=ftp://pacs.example.org",
            "main=file:///etc/passwd", "main=https://pacs.example.org/?a=b", "main=https://u:p@pacs.example.org",
            "main=https://pacs.example.org:99999", "main=https://", "main=dicom://192.0.2.8:4242",
            "main=dicom://ORTHANC@192.0.2.8", "main=dicom://A-TITLE-OF-SEVENTEEN@192.0.2.8:104",
            "main=dicom://ORTHANC@192.0.2.8:104/x", "<b>=https://pacs.example.org", "main=https://pa cs/x",
        ],
    )  # fmt: skip
    def test_a_bad_one_is_refused(self, word):
        with pytest.raises(BadSetting):
            parse_archives([word])

    def test_a_name_stands_once(self):
        with pytest.raises(BadSetting, match="same name"):
            parse_archives(["a=https://one.example.org", "a=https://two.example.org"])


class TestCredentials:
    def test_a_token_and_a_password(self):
        one, two, three = parse_archives(
            ["a=https://one.example.org", "b=https://two.example.org", "c=https://three.example.org"],
            tokens=["a=ey.J=="],
            passwords=["b=user:pass%2Cwörd".replace("ö", "%C3%B6")],
        )

        assert one.authorization == "Bearer ey.J=="
        assert two.authorization == "Basic dXNlcjpwYXNzLHfDtnJk"  # user:pass,wörd in UTF-8
        assert three.authorization == ""

    def test_no_secret_is_shown(self):
        (one,) = parse_archives(["a=https://one.example.org"], tokens=["a=secret"])

        assert "secret" not in repr(one)
        assert "secret" not in one.place

    @pytest.mark.parametrize(
        ("tokens", "passwords"),
        [
            (["b=secret"], []), (["secret"], []), (["a=secret\r\nX: y"], []), ([], ["a=secret"]),
            (["a=secret"], ["a=secret:x"]), ([], ["node=secret:x"]),
        ],
    )  # fmt: skip
    def test_a_bad_one_is_refused_without_telling_it(self, tokens, passwords):
        archives = ["a=https://one.example.org", "node=dicom://ORTHANC@192.0.2.8:4242"]
        with pytest.raises(BadSetting) as refused:
            parse_archives(archives, tokens=tokens, passwords=passwords)

        assert "secret" not in str(refused.value)
