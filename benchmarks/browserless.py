"""People at the HTTP interface without a browser: a coordinator, readers, a statistician.

A simulated reader knows what a browser knows: two stacks of pixels under opaque tokens. Its preference comes from
the noise that it measures in them, so that the study has a true answer that nobody told it.
"""

import json
import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import requests

from readerstudy.core.display import decode_slice
from readerstudy.core.stack_file import from_the_wire

PASSWORD = "a sentence for the benchmark"
CONFIG = re.compile(r'<script[^>]*id="reading-config"[^>]*>(.*?)</script>', re.DOTALL)
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Ratio of noise levels beyond which a reader sees a mild and a pronounced difference.
MILD, PRONOUNCED = 1.15, 1.6


@dataclass
class Visitor:
    """One person's session."""

    address: str
    session: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, *, accept: str = "text/html") -> requests.Response:
        response = self.session.get(self.address + path, headers={"Accept": accept}, timeout=60)
        response.raise_for_status()
        return response

    def submit(self, page: str, path: str, **fields: str) -> requests.Response:
        """Fill in a form: the token comes from `page`, the fields go to `path`."""
        token = CSRF.search(self.get(page).text)
        assert token, f"no form on {page}"
        body = {**fields, "csrfmiddlewaretoken": token.group(1)}
        headers = {"Referer": self.address + page}
        response = self.session.post(self.address + path, data=body, headers=headers, timeout=120)
        response.raise_for_status()
        return response

    def sign_in(self, username: str, password: str = PASSWORD) -> "Visitor":
        self.submit("/sign-in/", "/sign-in/", username=username, password=password)
        self.get("/")
        return self

    def post_json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"], "Referer": self.address + path}
        response = self.session.post(self.address + path, json=body, headers=headers, timeout=60)
        response.raise_for_status()
        return response.json()

    def post_form(self, path: str, **fields: str) -> dict[str, Any]:
        """What a script of the page posts as a form; the answer is JSON."""
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"], "Accept": "application/json"}
        headers["Referer"] = self.address + path
        response = self.session.post(self.address + path, data=fields, headers=headers, timeout=120)
        response.raise_for_status()
        return response.json()

    def put(self, path: str, *, name: str, content: bytes) -> dict[str, Any]:
        """One file as the body, its name in the address."""
        headers = {"X-CSRFToken": self.session.cookies["csrftoken"], "Accept": "application/json"}
        headers["Referer"] = self.address + path
        headers["Content-Type"] = "application/octet-stream"
        address = self.address + path
        response = self.session.put(address, params={"name": name}, data=content, headers=headers, timeout=120)
        response.raise_for_status()
        return response.json()


def join(address: str, link: str, username: str) -> Visitor:
    """Accept an invitation with a new account."""
    visitor, page = Visitor(address), link.removeprefix(address)
    visitor.submit(
        page,
        page,
        full_name=username.replace("-", " "),
        username=username,
        email=f"{username}@example.org",
        password=PASSWORD,
        password_again=PASSWORD,
    )
    return visitor


def invite(coordinator: Visitor, slug: str, email: str, role: str) -> str:
    """Invite and return the link that the page shows."""
    page = f"/studies/{slug}/readers/"
    shown = coordinator.submit(page, f"{page}invite/", email=email, role=role).text
    links = re.findall(rf"{re.escape(coordinator.address)}/invitations/[^\s\"'<]+", shown)
    assert links, "the page shows no invitation link"
    return links[0]


@dataclass
class SimulatedReader:
    """Reads the whole work-list as fast as the server answers."""

    visitor: Visitor
    seed: int
    pairs: int = 0
    bytes_received: int = 0
    first_slice_s: list[float] = field(default_factory=list)
    save_s: list[float] = field(default_factory=list)

    def read_all(self, *, slices: str = "middle") -> None:
        """`slices`: which of each pair are fetched, 'middle' or 'all'."""
        start = re.search(r'href="(/read/[^/"]+/)"', self.visitor.get("/read/").text)
        address: str | None = start.group(1) if start else None
        while address:
            address = self._read(address, slices)

    def _read(self, address: str, slices: str) -> str | None:
        match = CONFIG.search(self.visitor.get(address).text)
        assert match, "the page has no configuration"
        config = json.loads(match.group(1))
        urls = config["urls"]
        self.visitor.post_json(urls["opened"], {})
        answers = self._answers(config, self._look(config, slices))
        state = self.visitor.get(urls["state"], accept="application/json").json()
        began = time.perf_counter()
        saved = self.visitor.post_json(
            urls["scores"],
            {
                "key": str(uuid.uuid4()),
                "base_version": state["version"],
                "answers": answers,
                "active_seconds": 30,
            },
        )
        self.save_s.append(time.perf_counter() - began)
        body = {"key": str(uuid.uuid4()), "base_version": saved["version"]}
        self.pairs += 1
        return self.visitor.post_json(urls["finish"], body)["next"]

    def _look(self, config: dict[str, Any], slices: str) -> dict[str, np.ndarray]:
        geometry = config["geometry"]
        middle = geometry["slices"] // 2
        wanted = [middle, *(range(geometry["slices"]) if slices == "all" else [])]
        seen: dict[str, np.ndarray] = {}
        for z in wanted:
            for side in ("left", "right"):
                began = time.perf_counter()
                content = self.visitor.get(f"{config['stacks'][side]['slice_url']}{z}").content
                self.first_slice_s.append(time.perf_counter() - began)
                self.bytes_received += len(content)
                if side not in seen:
                    stored = from_the_wire(content)
                    pixels = decode_slice(stored.blob, geometry["rows"], geometry["columns"])
                    seen[side] = pixels[: stored.place.rows, : stored.place.columns]
        return seen

    def _answers(self, config: dict[str, Any], seen: dict[str, np.ndarray]) -> dict[str, int]:
        ratio = noise_level(seen["left"]) / max(noise_level(seen["right"]), 1e-6)
        rng = np.random.default_rng([self.seed, config["position"]])
        answers = {"diagnostic:left": 1, "diagnostic:right": 1}
        for feature in config["protocol"]["features"]:
            # Noise decides the impression of SNR; the other features are mostly alike, as in the paper.
            weight = 1.0 if feature["code"] == "snr" else 0.15
            answers[f"feature:{feature['code']}"] = preference(ratio, weight=weight, rng=rng)
        return answers


def preference(ratio: float, *, weight: float, rng: np.random.Generator) -> int:
    """The answer on the scale 1 to 5 where the left side's noise is `ratio` times the right side's."""
    felt = weight * np.log(ratio) + rng.normal(0, 0.08)
    steps = int(abs(felt) > np.log(MILD)) + int(abs(felt) > np.log(PRONOUNCED))
    return 3 + int(np.sign(felt)) * steps


def noise_level(image_yx: np.ndarray) -> float:
    """Noise by the median absolute Laplacian in the brighter half of the image (Immerkær 1996), grey levels."""
    image = image_yx.astype(np.float64)
    laplacian = (
        image[:-2, :-2] - 2 * image[:-2, 1:-1] + image[:-2, 2:]
        - 2 * image[1:-1, :-2] + 4 * image[1:-1, 1:-1] - 2 * image[1:-1, 2:]
        + image[2:, :-2] - 2 * image[2:, 1:-1] + image[2:, 2:]
    )  # fmt: skip
    inside = image[1:-1, 1:-1] > np.median(image)
    return float(np.median(np.abs(laplacian[inside])) / 0.6745 / 6) if inside.any() else 0.0
