"""Can a classifier tell the arms from what comes over the wire? Features, a logistic regression, and its AUC.

An answer is one response of the server to a reader, without its pixels. Its label says whether its side shows arm A of
the comparison; for a page, which is of both sides, whether the left one does. Three families of features are judged
each by itself: what is in the answers, how large they are, and how long they took.

The regression is cross-validated over pairs (image set × comparison): no answer of a pair is judged by what was learned
from that pair. An answer is compared with answers of the same fold only, since another fold has another regression. The
interval is a bootstrap over pairs, whose answers hang together; it is widened so that all families together are held
to 95 % (Bonferroni).
"""

import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

FOLDS = 5
RESAMPLES = 1000
BUCKETS = 256
PENALTY = 1.0  # of the squared coefficients of standardised features
# A clock, and what is new at every request.
NOT_JUDGED = ("date", "expires")
CSRF = re.compile(rb'csrf-token" content="[^"]+|csrfmiddlewaretoken" value="[^"]+')


@dataclass(frozen=True)
class Answer:
    """One response. `content` is empty where it is pixels; `size` (bytes) and `seconds` are of all of it."""

    pair: str
    arm_a: bool
    kind: str  # page, state, slice
    place: int  # in which order it was asked for, within its pair
    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    size: int
    seconds: float


@dataclass(frozen=True)
class Verdict:
    """Area under the ROC curve and its interval; a guess has 0.5."""

    auc: float
    low: float
    high: float

    @property
    def is_chance(self) -> bool:
        return self.low <= 0.5 <= self.high


Family = Callable[[Sequence[Answer]], np.ndarray]


def words_in(answers: Sequence[Answer]) -> np.ndarray:
    """Of headers and text: how often each word and each two bytes come, hashed into buckets. (answers, features)."""
    counted = np.zeros((len(answers), 2 * BUCKETS))
    for row, answer in zip(counted, answers, strict=True):
        content = CSRF.sub(b"", answer.content)
        words = [f"{name}:{value}".encode() for name, value in answer.headers if name.lower() not in NOT_JUDGED]
        words += [str(answer.status).encode(), *re.findall(rb"[\w.-]+", content)]
        for word in words:
            row[zlib.crc32(answer.kind.encode() + word) % BUCKETS] += 1
        letters = np.frombuffer(content, np.uint8).astype(int)
        row[BUCKETS:] = np.bincount((letters[:-1] * 31 + letters[1:]) % BUCKETS, minlength=BUCKETS)
    return np.log1p(counted)


def sizes_of(answers: Sequence[Answer]) -> np.ndarray:
    """Bytes of content and headers, as they are and against the pair's other answers of the kind. As above."""
    content = np.array([float(answer.size) for answer in answers])
    headers = np.array([float(sum(len(n) + len(v) for n, v in answer.headers)) for answer in answers])
    return _by_kind(
        answers, np.column_stack([content, headers, _against(answers, content), _against(answers, headers)])
    )


def times_of(answers: Sequence[Answer]) -> np.ndarray:
    """Logarithm of the seconds, as it is, against the pair's other answers, and whether it is a long one. As above."""
    seconds = np.log(np.array([max(answer.seconds, 1e-6) for answer in answers]))
    apart = _against(answers, seconds)
    place = np.array([float(answer.place) for answer in answers])
    return _by_kind(answers, np.column_stack([seconds, apart, np.sign(apart), place]))


FAMILIES: dict[str, Family] = {"content": words_in, "sizes": sizes_of, "response times": times_of}


def _against(answers: Sequence[Answer], values: np.ndarray) -> np.ndarray:
    """Each value minus the mean of its pair's answers of the same kind."""
    names = np.array([f"{answer.pair}|{answer.kind}" for answer in answers])
    _, group = np.unique(names, return_inverse=True)
    return values - (np.bincount(group, values) / np.bincount(group))[group]


def _by_kind(answers: Sequence[Answer], columns: np.ndarray) -> np.ndarray:
    """A column of its own for each kind of answer, standardised within it and zero elsewhere."""
    kinds = np.array([answer.kind for answer in answers])
    of_kind = [(kinds == kind) for kind in np.unique(kinds)]
    return np.hstack([np.where(of[:, None], _standard(columns, of), 0) for of in of_kind])


def _standard(columns: np.ndarray, of: np.ndarray) -> np.ndarray:
    spread = columns[of].std(axis=0)
    return (columns - columns[of].mean(axis=0)) / np.where(spread > 0, spread, 1)


def judge(
    answers: Sequence[Answer],
    family: Family,
    *,
    seed: int,
    confidence: float = 1 - 0.05 / len(FAMILIES),
    resamples: int = RESAMPLES,
) -> Verdict:
    """How well the arm is told from this family of features, by pairs that were not learned from."""
    labels = np.array([answer.arm_a for answer in answers], dtype=float)
    _, pair = np.unique([answer.pair for answer in answers], return_inverse=True)
    rng = np.random.default_rng(seed)
    fold = (rng.permutation(pair.max() + 1) % FOLDS)[pair]
    features = family(answers)
    scores = np.zeros(len(answers))
    for held in range(FOLDS):
        learn = fold != held
        scores[~learn] = _fit(features[learn], labels[learn])(features[~learn])
    pairs = int(pair.max()) + 1
    resampled = [_auc(scores, labels, fold, np.bincount(rng.integers(pairs, size=pairs), minlength=pairs)[pair])
                 for _ in range(resamples)]  # fmt: skip
    low, high = np.quantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Verdict(_auc(scores, labels, fold, np.ones(len(answers))), float(low), float(high))


def _fit(features: np.ndarray, labels: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Logistic regression with a ridge penalty, on standardised features; returns what gives the scores."""
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread = np.where(spread > 0, spread, 1)
    inputs = (features - mean) / spread
    signs = 2 * labels - 1

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        margin = signs * (inputs @ weights[1:] + weights[0])
        slope = -signs / (1 + np.exp(np.clip(margin, -50, 50)))
        value = np.logaddexp(0, -margin).sum() + PENALTY * (weights[1:] ** 2).sum() / 2
        return float(value), np.concatenate([[slope.sum()], inputs.T @ slope + PENALTY * weights[1:]])

    found = minimize(loss, np.zeros(features.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return lambda rows: ((rows - mean) / spread) @ found[1:] + found[0]


def _auc(scores: np.ndarray, labels: np.ndarray, fold: np.ndarray, weights: np.ndarray) -> float:
    """Share of the (arm A, not arm A) pairs of answers of one fold that the scores order rightly; ties count half."""
    right = total = 0.0
    for one in range(FOLDS):
        of = fold == one
        _, rank = np.unique(scores[of], return_inverse=True)
        yes, no = (np.bincount(rank, weights[of] * found) for found in (labels[of], 1 - labels[of]))
        right += float((yes * (np.cumsum(no) - no / 2)).sum())
        total += float(yes.sum() * no.sum())
    return right / total


def with_a_leak(answers: Sequence[Answer], family: str) -> list[Answer]:
    """The same answers, with a leak planted into one family: what the judge must find, or its silence says nothing."""
    return [_leaking(answer, family) if answer.arm_a else answer for answer in answers]


def _leaking(answer: Answer, family: str) -> Answer:
    if family == "content":
        return replace(answer, headers=(*answer.headers, ("X-Cache", "hit"))) if answer.place % 2 else answer
    if family == "sizes":
        return replace(answer, size=answer.size + 1)
    return replace(answer, seconds=2 * answer.seconds)
