"""Least squares with standard errors that know patients: CR1S, and CR2 with Satterthwaite's degrees of freedom."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClusteredFit:
    """Coefficients (K,), their CR1S covariance (K, K), and CR2 standard errors with their degrees of freedom (K,)."""

    beta: Floats
    cr1s: Floats
    se_cr2: Floats
    df_cr2: Floats
    n_clusters: int


def clustered_ols(y: ArrayLike, X: Floats, cluster: ArrayLike) -> ClusteredFit | None:
    """
    Ordinary least squares of (N,) y on (N, K) X, clusters (N,).

    None where X has not full rank, N <= K or there are fewer than two clusters. Only (K, K) matrices are made per
    cluster, so that time grows with N. Source: Bell and McCaffrey 2002; equals clubSandwich.
    """
    y = np.asarray(y, dtype=np.float64)
    N, K = X.shape
    _, index = np.unique(np.asarray(cluster), return_inverse=True)
    G = int(index.max()) + 1 if N else 0
    if G < 2 or N <= K or np.linalg.matrix_rank(X) < K:
        return None
    M = np.asarray(np.linalg.inv(X.T @ X), dtype=np.float64)
    beta = M @ (X.T @ y)
    scores, grams = _per_cluster(X, y - X @ beta, index, G)
    cr1s = M @ (scores.T @ scores) @ M * G / (G - 1) * (N - 1) / (N - K)
    se, df = _cr2(M, scores, grams)
    return ClusteredFit(beta, cr1s, se, df, G)


def _per_cluster(X: Floats, e: Floats, index: NDArray[np.intp], G: int) -> tuple[Floats, Floats]:
    """Each cluster's X'e, (G, K), and X'X, (G, K, K)."""
    K = X.shape[1]
    scores, grams = np.empty((G, K)), np.empty((G, K, K))
    for i in range(K):
        scores[:, i] = np.bincount(index, weights=X[:, i] * e, minlength=G)
        for j in range(K):
            grams[:, i, j] = np.bincount(index, weights=X[:, i] * X[:, j], minlength=G)
    return scores, grams


def _cr2(M: Floats, scores: Floats, grams: Floats) -> tuple[Floats, Floats]:
    """The adjustment (I - H_g)^(-1/2) of each cluster acts within the columns of X: K by K is enough."""
    values, vectors = np.linalg.eigh(M)
    root, unroot = (vectors * values**power @ vectors.T for power in (0.5, -0.5))
    s, V = np.linalg.eigh(root @ grams @ root)
    left = np.where(1 - s > 1e-12, np.maximum(1 - s, 1e-12), np.inf) ** -0.5  # a leverage of 1 carries nothing
    F = V * left[:, None, :] @ V.transpose(0, 2, 1)
    W = root @ grams @ root
    adjusted = _apply(unroot @ F @ root, scores)
    se = np.sqrt(np.sum((adjusted @ M) ** 2, axis=0))
    b = unroot @ F @ W @ unroot @ M  # (G, K, K): X'A X M, one column a coefficient
    own = np.einsum("ki,gkl,li->gi", M, unroot @ F @ W @ F @ unroot, M)  # (G, K): a'a
    df = [_satterthwaite(own[:, k], b[:, :, k], M) for k in range(len(M))]
    return se, np.array(df)


def _apply(matrices: Floats, vectors: Floats) -> Floats:
    return np.einsum("gij,gj->gi", matrices, vectors)


def _satterthwaite(own: Floats, b: Floats, M: Floats) -> float:
    """(sum of p_g'p_g)^2 over the sum of (p_g'p_h)^2, with p_g'p_h = [g = h] a'a - b_g'M b_h."""
    within = np.einsum("gi,ij,gj->g", b, M, b)
    cross = M @ (b.T @ b)
    squares = float(np.sum(own**2) - 2 * np.sum(own * within) + np.trace(cross @ cross))
    return float(np.sum(own - within)) ** 2 / squares
