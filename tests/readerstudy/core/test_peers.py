"""Who may send: titles and addresses, and what the list refuses to be."""

import pytest

from readerstudy.core.errors import BadSetting
from readerstudy.core.peers import is_calling_title, is_our_title, parse_allow_list

LIST = parse_allow_list(["PACS@192.0.2.7", "*@198.51.100.0/24", "MR 1@2001:db8::/64"])


class TestAllows:
    @pytest.mark.parametrize(
        ("title", "address"),
        [
            ("PACS", "192.0.2.7"), ("ANY", "198.51.100.200"), ("MR 1", "2001:db8::5"),
            ("PACS", "::ffff:192.0.2.7"),  # as a socket of both families tells it
        ],
    )  # fmt: skip
    def test_who_is_on_the_list(self, title, address):
        assert LIST.allows(title, address)
        assert LIST.knows_address(address)

    @pytest.mark.parametrize(
        ("title", "address"),
        [("PACS", "192.0.2.8"), ("pacs", "192.0.2.7"), ("ANY", "198.51.101.1"), ("", "192.0.2.7"), ("PACS", "nowhere")],
    )
    def test_who_is_not(self, title, address):
        assert not LIST.allows(title, address)

    def test_an_address_alone_is_known_before_the_title_is(self):
        assert LIST.knows_address("192.0.2.7")
        assert not LIST.knows_address("203.0.113.1")

    def test_an_empty_list_knows_nobody(self):
        assert not parse_allow_list([]).allows("PACS", "127.0.0.1")


class TestParseAllowList:
    @pytest.mark.parametrize("word", ["PACS", "PACS@", "@192.0.2.7", "PACS@host.example", "P" * 17 + "@192.0.2.7"])
    def test_it_refuses_what_it_cannot_read(self, word):
        with pytest.raises(BadSetting):
            parse_allow_list([word])

    def test_a_peer_is_written_as_it_was_read(self):
        assert [str(peer) for peer in LIST.peers] == ["PACS@192.0.2.7", "*@198.51.100.0/24", "MR 1@2001:db8::/64"]


class TestTitles:
    @pytest.mark.parametrize("title", ["SPINE", "SPINE_SOC-2", "A" * 16])
    def test_ours(self, title):
        assert is_our_title(title)

    @pytest.mark.parametrize("title", ["", "spine", "A" * 17, "1SPINE", "SP INE", "SPINE\n", "SPÏNE"])
    def test_not_ours(self, title):
        assert not is_our_title(title)

    @pytest.mark.parametrize("title", ["", "A" * 17, "a\\b", "a\nb", "ä"])
    def test_not_another_systems(self, title):
        assert not is_calling_title(title)
