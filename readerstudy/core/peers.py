"""AE titles, and the list of those who may send to us: a title and where it calls from."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from readerstudy.core.errors import BadSetting

ANY = "*"
LONGEST_TITLE = 16  # PS3.5 6.2, AE
# Fewer characters than the standard allows: these are typed into consoles by hand.
TITLE = re.compile(r"[A-Z][A-Z0-9_-]{0,15}")


@dataclass(frozen=True)
class Peer:
    """One line of the allow-list: `title` is an AE title or `*`, calling from an address in `network`."""

    title: str
    network: IPv4Network | IPv6Network

    def __str__(self) -> str:
        alone = self.network.num_addresses == 1
        return f"{self.title}@{self.network.network_address if alone else self.network}"


@dataclass(frozen=True)
class AllowList:
    """Who may send. Nobody, where it is empty."""

    peers: tuple[Peer, ...]

    def knows_address(self, address: str) -> bool:
        """Whether anybody may call from there: asked before a single byte is read."""
        return any(_is_in(address, peer.network) for peer in self.peers)

    def allows(self, title: str, address: str) -> bool:
        """Whether this title may call from there."""
        return any(peer.title in (ANY, title) and _is_in(address, peer.network) for peer in self.peers)


def _is_in(address: str, network: IPv4Network | IPv6Network) -> bool:
    try:
        found = ip_address(address.partition("%")[0])  # a link-local address names its interface
    except ValueError:
        return False
    # A socket for both families tells IPv4 callers as ::ffff:192.0.2.1.
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found) in network


def parse_allow_list(words: Iterable[str]) -> AllowList:
    """The list from words such as `PACS@192.0.2.7` or `*@192.0.2.0/24`. Raises BadSetting."""
    return AllowList(tuple(_peer(word) for word in words))


def _peer(word: str) -> Peer:
    title, _, place = word.partition("@")
    try:
        network = ip_network(place, strict=False)
    except ValueError as error:
        raise BadSetting(
            f"'{word}' is no sender: write TITLE@ADDRESS, like PACS@192.0.2.7 or *@192.0.2.0/24."
        ) from error
    if title != ANY and not is_calling_title(title):
        raise BadSetting(f"'{title}' is no AE title: 1 to 16 printable characters, or * for any.")
    return Peer(title, network)


def is_calling_title(title: str) -> bool:
    """Whether another system can have this title (PS3.5 6.2, AE)."""
    return 0 < len(title) <= LONGEST_TITLE and title.isascii() and title.isprintable() and "\\" not in title


def is_our_title(title: str) -> bool:
    """Whether we give ourselves, or a study, such a title."""
    return TITLE.fullmatch(title) is not None
