"""Cumulative-link models of raw scores: the preference for an arm apart from the readers' bias to a side.

logit P(s <= k) = theta_k - eta, with eta the sum of x beta: x = +1 where arm A stood on the right. Fitted by Newton
steps on counts, so that time does not grow with the number of readings. Source: Agresti 1992; equals ordinal::clm.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Floats = NDArray[np.float64]

FEWEST_READINGS, FEWEST_CATEGORIES = 60, 3
STEPS, TOLERANCE = 100, 1e-9


@dataclass(frozen=True)
class OrdinalFit:
    """`covariance` is of all parameters, thresholds first; `cluster_cr0` its sandwich by patient."""

    thresholds: Floats
    beta: Floats
    log_likelihood: float
    covariance: Floats
    cluster_cr0: Floats
    n: int
    n_clusters: int

    @property
    def se(self) -> Floats:
        return np.asarray(np.sqrt(np.diag(self.covariance))[-self.beta.size :])

    @property
    def se_cluster_cr0(self) -> Floats:
        return np.asarray(np.sqrt(np.diag(self.cluster_cr0))[-self.beta.size :])

    @property
    def se_cluster(self) -> Floats:
        """CR1S, as statsmodels gives it."""
        G, K = self.n_clusters, len(self.covariance)
        return self.se_cluster_cr0 * np.sqrt(G / (G - 1) * (self.n - 1) / (self.n - K))


@dataclass(frozen=True)
class _Counts:
    """Distinct rows of (category, x) with how often each came, whole and by cluster."""

    y: NDArray[np.int64]
    X: Floats
    n: Floats
    by_cluster: Floats


def _counted(y: NDArray[np.int64], X: Floats, cluster: ArrayLike) -> _Counts:
    rows, index = np.unique(np.column_stack([y, X]), axis=0, return_inverse=True)
    _, g = np.unique(np.asarray(cluster), return_inverse=True)
    G = int(g.max()) + 1
    flat = np.bincount(g * len(rows) + index.ravel(), minlength=G * len(rows))
    by_cluster = flat.reshape(G, len(rows)).astype(np.float64)
    return _Counts(rows[:, 0].astype(np.int64), rows[:, 1:], by_cluster.sum(axis=0), by_cluster)


def fit_ordinal(y: ArrayLike, X: Floats, cluster: ArrayLike, *, symmetric: bool = False) -> OrdinalFit | None:
    """
    The maximum-likelihood fit of (N,) scores on (N, K) X.

    `symmetric` holds the thresholds symmetric about 0: no bias to a side. None where Newton does not converge, as
    when a direction is separated and beta would be infinite.
    """
    categories, codes = np.unique(np.asarray(y), return_inverse=True)
    counts, m = _counted(codes.astype(np.int64), X, cluster), categories.size - 1
    S = np.eye(m)
    if symmetric:
        half = m // 2
        S = np.zeros((m, m - half))
        for k in range(m):
            mirrored = min(k, m - 1 - k)
            S[k, mirrored] = 0.0 if m % 2 and k == half else (1.0 if k < half else -1.0)
        S = S[:, np.any(S != 0, axis=0)]
    # (parameters) -> (thresholds, beta)
    A = np.block([[S, np.zeros((m, X.shape[1]))], [np.zeros((X.shape[1], S.shape[1])), np.eye(X.shape[1])]])
    share = np.cumsum(np.bincount(counts.y, weights=counts.n))[:-1] / counts.n.sum()
    start = np.concatenate([np.linalg.lstsq(S, special.logit(share), rcond=None)[0], np.zeros(X.shape[1])])
    found = _newton(counts, A, start, m)
    return None if found is None else _with_errors(found, counts, A, m)


def _newton(counts: _Counts, A: Floats, phi: Floats, m: int) -> Floats | None:
    value, scores, hessian = _likelihood(counts, A @ phi, m)
    for _ in range(STEPS):
        gradient = A.T @ (counts.n @ scores)
        try:
            step = np.linalg.solve(A.T @ hessian @ A, -gradient)
        except np.linalg.LinAlgError:
            return None
        size = 1.0
        while size > 1e-6:
            trial = _likelihood(counts, A @ (phi + size * step), m)
            if trial[0] >= value - 1e-10:
                break
            size /= 2
        phi, (value, scores, hessian) = phi + size * step, trial
        if float(np.max(np.abs(size * step))) < TOLERANCE:
            return phi if float(np.max(np.abs(phi))) < 25 else None
    return None


def _likelihood(counts: _Counts, theta_beta: Floats, m: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood, each distinct row's score (D, p) and the Hessian (p, p); -inf where thresholds cross."""
    theta, beta = theta_beta[:m], theta_beta[m:]
    p = theta_beta.size
    if np.any(np.diff(theta) <= 0):
        return -np.inf, np.zeros((counts.y.size, p)), -np.eye(p)
    eta = counts.X @ beta
    edges = np.concatenate([[-np.inf], theta, [np.inf]])
    upper, lower = edges[counts.y + 1] - eta, edges[counts.y] - eta
    F_u, F_l = special.expit(upper), special.expit(lower)
    f_u, f_l = F_u * (1 - F_u), F_l * (1 - F_l)
    P = np.maximum(F_u - F_l, 1e-300)
    J_u, J_l = (_edge_rows(counts, edge, m) for edge in (1, 0))
    dP = f_u[:, None] * J_u - f_l[:, None] * J_l
    scores = dP / P[:, None]
    w_u, w_l = counts.n * f_u * (1 - 2 * F_u) / P, counts.n * f_l * (1 - 2 * F_l) / P
    curvature = (J_u * w_u[:, None]).T @ J_u - (J_l * w_l[:, None]).T @ J_l
    curvature -= (scores * counts.n[:, None]).T @ scores
    return float(np.sum(counts.n * np.log(P))), scores, curvature


def _edge_rows(counts: _Counts, edge: int, m: int) -> Floats:
    """(D, p): the derivative of an edge of each row's interval; 0 where the edge is infinite."""
    J = np.zeros((counts.y.size, m + counts.X.shape[1]))
    k = counts.y + edge - 1
    finite = (k >= 0) & (k < m)
    J[np.flatnonzero(finite), k[finite]] = 1.0
    J[finite, m:] = -counts.X[finite]
    return J


def _with_errors(phi: Floats, counts: _Counts, A: Floats, m: int) -> OrdinalFit:
    value, scores, hessian = _likelihood(counts, A @ phi, m)
    covariance = np.asarray(np.linalg.inv(-(A.T @ hessian @ A)), dtype=np.float64)
    sums = counts.by_cluster @ scores @ A
    theta_beta = A @ phi
    return OrdinalFit(
        thresholds=theta_beta[:m],
        beta=theta_beta[m:],
        log_likelihood=value,
        covariance=covariance,
        cluster_cr0=covariance @ (sums.T @ sums) @ covariance,
        n=int(counts.n.sum()),
        n_clusters=len(counts.by_cluster),
    )
