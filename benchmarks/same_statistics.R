#!/usr/bin/env Rscript
# The statistics of the cells, their corrections, the agreement of the readers and the bootstrap, in base R only.
#
#     Rscript same_statistics.R SCORES.csv ALLOCATION.csv B OUT.csv
#
# OUT.csv has the columns path and value: where the number stands in results.json, keys joined by "|", and NA where it is
# undefined. Written apart from
# the product, from the formulas, so that it serves twice: as the peer of a timing, and as an independent check of the
# numbers (benchmarks/analysis_speed.py, tests/analysis/core/test_against_r.py). Needs no package beyond r-base-core.

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 4) stop("usage: same_statistics.R SCORES.csv ALLOCATION.csv B OUT.csv", call. = FALSE)
B <- as.integer(arguments[3])
K <- 5
SEED <- 1

# ---- the exact sign-flip distribution, signed ranks

signflip_p <- function(weights, statistic) {
  w <- sort(round(weights[weights != 0]))
  if (!length(w)) return(1)
  M <- sum(w)
  most <- (M - abs(round(statistic))) %/% 2
  p <- c(1, numeric(most))
  for (k in w) {
    moved <- if (k <= most) c(numeric(k), p[seq_len(most + 1 - k)]) else 0
    p <- (p + moved) / 2
  }
  min(1, 2 * sum(p))
}

normal <- function(T_plus, T_minus, mean, var) {
  excess <- T_plus - mean
  sd <- if (var > 0) sqrt(var) else Inf
  z <- c(excess, excess - 0.5 * sign(excess)) / sd
  p <- 2 * pnorm(-abs(z))
  list(T_plus = T_plus, T_minus = T_minus, mean = mean, var = var, z_nocc = z[1], p_nocc = p[1], z_cc = z[2], p_cc = p[2])
}

from_ranks <- function(d, r) {
  plus <- sum(r[d > 0])
  minus <- sum(r[d < 0])
  c(normal(plus, minus, sum(r) / 2, sum(r^2) / 4), p_exact = signflip_p(2 * r, 2 * (plus - minus)))
}

signed_rank <- function(d) {
  x <- d[d != 0]
  r <- rank(abs(d))
  N <- length(d)
  ties <- as.numeric(table(abs(d)))
  zeros <- sum(r[d == 0]) / 2
  var <- N * (N + 1) * (2 * N + 1) / 24 - sum(ties^3 - ties) / 48
  list(
    n_obs = N, n_nonzero = length(x), n_zero = N - length(x),
    wilcox = from_ranks(x, rank(abs(x))), pratt = from_ranks(x, r[d != 0]),
    zsplit = normal(sum(r[d > 0]) + zeros, sum(r[d < 0]) + zeros, N * (N + 1) / 4, var)
  )
}

# ---- clustering by patient

patient_flip <- function(d, patient) {
  kept <- d != 0
  if (!any(kept)) return(list(n_informative_clusters = 0, T = 0, var = 0, z = 0, p = 1, p_exact_flip = 1))
  g <- factor(patient[kept])
  S <- sign(d[kept]) * rank(abs(d[kept]))
  S_p <- as.numeric(rowsum(S, g))
  n_p <- as.numeric(table(g))
  T <- sum(S_p)
  V <- sum(S_p^2)
  z <- if (V > 0) T / sqrt(V) else 0
  c(
    list(n_informative_clusters = length(n_p), T = T, var = V, z = z, p = 2 * pnorm(-abs(z)),
         p_exact_flip = signflip_p(2 * abs(S_p), 2 * T)),
    weighted_flip(S, S_p, n_p, g)
  )
}

weighted_flip <- function(S, S_p, n_p, g) {
  m <- length(n_p)
  n <- length(S)
  if (m <= 2 || n <= m || var(S) == 0) return(list())
  msb <- sum(n_p * (S_p / n_p - mean(S))^2) / (m - 1)
  msw <- sum((S - (S_p / n_p)[g])^2) / (n - m)
  between <- (msb - msw) / ((n - sum(n_p^2) / n) / (m - 1))
  rho <- if (between + msw > 0) max(0, between / (between + msw)) else 0
  rho_c <- min(1, rho * (1 + (1 - rho^2) / (m - 2.5)))
  w <- n_p / (var(S) * (1 + (n_p - 1) * rho_c))
  T <- sum(w * S_p / n_p)
  V <- sum((w * S_p / n_p)^2)
  list(w_rho = rho, w_rho_c = rho_c, w_T = T, w_var = V, w_z = T / sqrt(V), w_p = 2 * pnorm(-abs(T / sqrt(V))))
}

datta_satten <- function(d, patient) {
  g <- factor(patient)
  level <- factor(abs(d))
  counts <- unclass(table(g, level))
  n_p <- rowSums(counts)
  H_p <- (counts %*% upper.tri(diag(ncol(counts)), diag = TRUE) - counts / 2) / n_p
  all_counts <- colSums(counts)
  H <- (cumsum(all_counts) - all_counts / 2) / length(d)
  others <- colSums(H_p)[level] - H_p[cbind(as.integer(g), as.integer(level))]
  a <- rowsum(sign(d), g) / n_p
  T <- sum(a + rowsum(sign(d) * others, g) / n_p)
  V <- sum((a + (length(n_p) - 1) * rowsum(sign(d) * H[level], g) / n_p)^2)
  z <- if (V > 0) T / sqrt(V) else 0
  list(n_clusters = length(n_p), T = T, var = V, z = z, p = 2 * pnorm(-abs(z)))
}

cluster_mean <- function(y, patient) {
  g <- factor(patient)
  N <- length(y)
  n_p <- as.numeric(table(g))
  P <- length(n_p)
  m <- mean(y)
  if (P < 2) return(list(mean = m, n = N, n_clusters = P))
  e <- as.numeric(rowsum(y - m, g))
  a <- 1 / (1 - n_p / N)
  v <- c(sum(e^2), sum(e^2) * P / (P - 1), sum(a * e^2)) / N^2
  b <- a * n_p^2
  df <- N^2 / (sum(n_p^2) + (sum(b)^2 - sum(b^2)) / N^2)
  se <- sqrt(v)
  list(
    mean = m, n = N, n_clusters = P, se_cr0 = se[1], se_cr1 = se[2], se_cr2 = se[3], df_satt = df,
    ci_cr2 = m + c(-1, 1) * qt(0.975, df) * se[3], p_cr2 = if (v[3] > 1e-28) 2 * pt(-abs(m / se[3]), df),
    ci_cr1 = m + c(-1, 1) * qt(0.975, P - 1) * se[2], naive_se = sd(y) / sqrt(N),
    deff_cr2 = if (var(y) > 0) v[3] / (var(y) / N)
  )
}

random_readers <- function(d, reader, patient) {
  reader <- factor(reader)
  patient <- factor(patient)
  R <- nlevels(reader)
  P <- nlevels(patient)
  if (R < 2 || P < 2) return(NULL)
  sums <- tapply(d, list(patient, reader), sum)
  sums[is.na(sums)] <- 0
  counts <- unclass(table(patient, reader))
  theta <- colSums(sums) / colSums(counts)
  left <- sweep(-counts, 2, colSums(counts), "+")
  if (any(left == 0)) return(NULL)
  J <- sweep(-sums, 2, colSums(sums), "+") / left
  C <- (P - 1) / P * crossprod(sweep(J, 2, colMeans(J)))
  cov2 <- mean(C[upper.tri(C)])
  msr <- var(theta)
  spread <- msr + R * max(cov2, 0)
  se <- sqrt(spread / R)
  df <- if (msr > 0) spread^2 / (msr^2 / (R - 1)) else Inf
  fixed <- cluster_mean(d, patient)
  wide <- se >= fixed$se_cr2 * (1 - 1e-12)
  used <- if (wide) c(se, min(df, P - 1)) else c(fixed$se_cr2, fixed$df_satt)
  inference <- function(se, df) {
    list(ci = mean(theta) + c(-1, 1) * qt(0.975, df) * se, p = if (se > 0) 2 * pt(-abs(mean(theta)) / se, df))
  }
  c(
    list(estimate = mean(theta), ms_reader = msr, cov2 = cov2, se = se, df = df, reader_means = as.list(theta),
         reported = c(list(se = used[1], df = used[2]), inference(used[1], used[2]))),
    inference(se, df)
  )
}

# ---- effect sizes

wilson <- function(x, n) {
  z <- qnorm(0.975)
  p <- x / n
  middle <- p + z^2 / (2 * n)
  reach <- z * sqrt(p * (1 - p) / n + z^2 / (4 * n^2))
  limits <- (middle + c(-1, 1) * reach) / (1 + z^2 / n)
  c(if (x <= 0) 0 else max(0, limits[1]), if (x >= n) 1 else min(1, limits[2]))
}

share <- function(happened, patient) {
  n <- length(happened)
  x <- sum(happened)
  p <- x / n
  mean <- cluster_mean(as.numeric(happened), patient)
  se <- mean$se_cr2
  n_eff <- if (is.null(se)) NULL else if (p > 0 && p < 1 && se > 1e-14) min(n, p * (1 - p) / se^2) else mean$n_clusters
  exact <- c(if (x == 0) 0 else qbeta(0.025, x, n - x + 1), if (x == n) 1 else qbeta(0.975, x + 1, n - x))
  list(x = x, n = n, p = p, wilson = wilson(x, n), cp = exact, n_eff = n_eff,
       wilson_deff = if (!is.null(n_eff)) wilson(p * n_eff, n_eff))
}

walsh_median <- function(d) {
  v <- sort(unique(d))
  n <- as.numeric(table(factor(d, v)))
  average <- outer(v, v, "+") / 2
  pairs <- outer(n, n)
  diag(pairs) <- n * (n + 1) / 2
  kept <- upper.tri(pairs, diag = TRUE)
  o <- order(average[kept])
  reached <- cumsum(pairs[kept][o])
  total <- reached[length(reached)]
  at <- findInterval(c((total + 1) %/% 2, total %/% 2 + 1) - 1, reached) + 1
  mean(average[kept][o][at])
}

effects <- function(d, patient, tests) {
  W <- sum(d > 0)
  T <- sum(d == 0)
  L <- sum(d < 0)
  both <- tests$wilcox$T_plus + tests$wilcox$T_minus
  estimate <- function(y) {
    mean <- cluster_mean(y, patient)
    list(est = mean$mean, se = mean$se_cr2, df = mean$df_satt, ci = mean$ci_cr2)
  }
  list(
    win = share(d > 0, patient), tie = share(d == 0, patient), loss = share(d < 0, patient),
    win_prob = estimate((d > 0) + 0.5 * (d == 0)), net_benefit = estimate(sign(d)),
    win_odds = if (L + T > 0) (W + T / 2) / (L + T / 2), win_ratio = if (L > 0) W / L,
    pref_share_nonties = if (W + L > 0) W / (W + L),
    rank_biserial = if (both > 0) (tests$wilcox$T_plus - tests$wilcox$T_minus) / both,
    hodges_lehmann = walsh_median(d), median = median(d), cohen_dz = if (isTRUE(sd(d) > 0)) mean(d) / sd(d)
  )
}

equivalence <- function(d, patient, margin) {
  mean <- cluster_mean(d, patient)
  if (is.null(mean$se_cr2)) return(NULL)
  if (mean$se_cr2 < 1e-14) {
    wrong <- as.numeric(c(mean$mean <= -margin, mean$mean >= margin))
    return(list(p_lower = wrong[1], p_upper = wrong[2], p_tost = max(wrong), ci90 = rep(mean$mean, 2)))
  }
  lower <- pt((mean$mean + margin) / mean$se_cr2, mean$df_satt, lower.tail = FALSE)
  upper <- pt((mean$mean - margin) / mean$se_cr2, mean$df_satt)
  list(p_lower = lower, p_upper = upper, p_tost = max(lower, upper),
       ci90 = mean$mean + c(-1, 1) * qt(0.95, mean$df_satt) * mean$se_cr2)
}

one_cell <- function(rows) {
  rows <- rows[!is.na(rows$d), ]
  if (!nrow(rows)) return(list())
  d <- rows$d
  tests <- signed_rank(d)
  means <- round(as.numeric(rowsum(d, rows$patient_id)) / as.numeric(table(rows$patient_id)), 10)
  by_reader <- lapply(split(rows, rows$reader_id), function(own) {
    found <- signed_rank(own$d)
    list(
      n = nrow(own), mean_pref = 3 + mean(own$d), sd_pref = if (nrow(own) > 1) sd(own$d), n_nonzero = found$n_nonzero,
      p_nocc = found$wilcox$p_nocc, p_cc = found$wilcox$p_cc, p_exact = found$wilcox$p_exact,
      pratt_p_nocc = found$pratt$p_nocc, pratt_p_exact = found$pratt$p_exact,
      rgl_p_exact_flip = patient_flip(own$d, own$patient_id)$p_exact_flip
    )
  })
  decided <- sum(d != 0)
  list(
    n_obs = length(d), mean_pref = 3 + mean(d), sd_pref = if (length(d) > 1) sd(d), wsr = tests,
    sign_test_p = if (decided) binom.test(sum(d > 0), decided)$p.value else 1,
    clustered = c(patient_flip(d, rows$patient_id), list(ds = datta_satten(d, rows$patient_id))),
    mean_cluster = cluster_mean(d, rows$patient_id), random_reader = random_readers(d, rows$reader_id, rows$patient_id),
    effects = effects(d, rows$patient_id, tests), tost_0.2 = equivalence(d, rows$patient_id, 0.2),
    tost_0.5 = equivalence(d, rows$patient_id, 0.5), patient_mean_wsr = signed_rank(means), by_reader = by_reader
  )
}

# ---- agreement

kappa_of <- function(O, D) {
  n <- sum(O)
  O <- O / n
  r <- rowSums(O)
  c <- colSums(O)
  de <- sum(D * outer(r, c))
  if (de <= 0) return(NULL)
  kappa <- 1 - sum(D * O) / de
  W <- 1 - D
  pe <- 1 - de
  theta <- W - outer(as.numeric(W %*% c), as.numeric(t(W) %*% r), "+") * (1 - kappa)
  v <- sum(O * (theta - sum(O * theta))^2) / (n * (1 - pe)^2)
  undefined <- min(sum(r > 0), sum(c > 0)) < 2 || abs(kappa - 1) < 1e-12 || v <= 1e-12
  list(kappa = kappa, se = if (!undefined) sqrt(v))
}

gap <- abs(outer(1:K, 1:K, "-"))
LINEAR <- gap / (K - 1)
QUADRATIC <- (gap / (K - 1))^2
WEIGHTS <- list(gwet_ac1 = 1 * (gap == 0), gwet_ac2_linear = 1 - LINEAR, gwet_ac2_quadratic = 1 - QUADRATIC,
                gwet_ac2_ordinal = 1 - choose(gap + 1, 2) / choose(K, 2))

spearman <- function(x, y) {
  both <- !is.na(x) & !is.na(y)
  x <- x[both]
  y <- y[both]
  n <- length(x)
  if (n < 4 || sd(x) == 0 || sd(y) == 0) return(list(n = n))
  r <- cor(rank(x), rank(y))
  if (1 - abs(r) < 1e-15) return(list(n = n, rho = sign(r)))
  list(
    n = n, rho = r, ci_fisher = tanh(atanh(r) + c(-1, 1) * qnorm(0.975) / sqrt(n - 3)),
    ci_bonett_wright = tanh(atanh(r) + c(-1, 1) * qnorm(0.975) * sqrt((1 + r^2 / 2) / (n - 3))),
    p_t = 2 * pt(-abs(r * sqrt((n - 2) / (1 - r^2))), n - 2)
  )
}

pair_block <- function(x, y) {
  both <- !is.na(x) & !is.na(y)
  O <- unclass(table(factor(x[both], 1:K), factor(y[both], 1:K)))
  n <- sum(O)
  if (!n) return(list(n = 0))
  linear <- kappa_of(O, LINEAR)
  quadratic <- kappa_of(O, QUADRATIC)
  list(n = n, spearman = spearman(x, y), kappa_linear = linear$kappa, kappa_linear_se = linear$se,
       kappa_quadratic = quadratic$kappa, kappa_quadratic_se = quadratic$se, pct_exact = sum(diag(O)) / n,
       pct_within1 = sum(O[gap <= 1]) / n)
}

alpha_of <- function(C, metric) {
  n_c <- rowSums(C)
  n <- sum(n_c)
  place <- if (metric == "ordinal") cumsum(n_c) - n_c / 2 else 1:K
  D <- outer(place, place, "-")^2
  de <- sum(D * (outer(n_c, n_c) - diag(n_c))) / (n * (n - 1))
  do <- sum(D * C) / n
  list(alpha = if (isTRUE(de > 0)) 1 - do / de)
}

gwet <- function(counts, W) {
  r <- rowSums(counts)
  n <- nrow(counts)
  rated <- r >= 2
  if (!any(rated)) return(list())
  pa_i <- ifelse(rated, rowSums(counts * (counts %*% t(W) - 1)) / (r * pmax(r - 1, 1)), 0)
  parts <- counts / r
  pi <- colMeans(parts)
  weight <- sum(W) / (K * (K - 1))
  pa <- sum(pa_i) / sum(rated)
  pe <- weight * sum(pi * (1 - pi))
  coef <- (pa - pe) / (1 - pe)
  own <- ifelse(rated, n / sum(rated) * (pa_i - pe) / (1 - pe), 0)
  own <- own - 2 * (1 - coef) * (weight * as.numeric(parts %*% (1 - pi)) - pe) / (1 - pe)
  list(coef = coef, pa = pa, pe = pe, se = sqrt(sum((own - coef)^2) / (n * (n - 1))))
}

icc <- function(X) {
  n <- nrow(X)
  k <- ncol(X)
  if (n < 3 || k < 2 || length(unique(as.numeric(X))) == 1) return(list(n = n))
  rows <- k * sum((rowMeans(X) - mean(X))^2) / (n - 1)
  columns <- n * sum((colMeans(X) - mean(X))^2) / (k - 1)
  error <- (sum((X - mean(X))^2) - rows * (n - 1) - columns * (k - 1)) / ((n - 1) * (k - 1))
  list(n = n, MSR = rows, MSC = columns, MSE = error,
       icc21 = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n),
       icc2k = (rows - error) / (rows + (columns - error) / n), icc31 = (rows - error) / (rows + (k - 1) * error))
}

kendall_w <- function(X) {
  n <- nrow(X)
  m <- ncol(X)
  if (n < 2) return(list(n = n))
  S <- sum((rowSums(apply(X, 2, rank)) - m * (n + 1) / 2)^2)
  ties <- sum(apply(X, 2, function(x) sum(table(x)^3 - table(x))))
  spread <- m^2 * (n^3 - n) - m * ties
  if (spread <= 0) return(list(n = n, m = m))
  W <- 12 * S / spread
  list(n = n, m = m, W = W, chisq = m * (n - 1) * W, p = pchisq(m * (n - 1) * W, n - 1, lower.tail = FALSE))
}

unit_counts <- function(X) vapply(1:K, function(k) rowSums(X == k, na.rm = TRUE), numeric(nrow(X)))

coincidences <- function(counts) {
  m <- rowSums(counts)
  some <- counts[m >= 2, , drop = FALSE]
  weight <- 1 / (m[m >= 2] - 1)
  crossprod(some * weight, some) - diag(colSums(some * weight))
}

light <- function(pairs, name) {
  defined <- unlist(lapply(pairs, `[[`, name))
  if (length(defined)) mean(defined)
}

agreement <- function(X) {
  pairs <- combn(ncol(X), 2, simplify = FALSE)
  names(pairs) <- vapply(pairs, function(ij) paste(colnames(X)[ij], collapse = "-"), "")
  pairwise <- lapply(pairs, function(ij) pair_block(X[, ij[1]], X[, ij[2]]))
  counts <- matrix(unit_counts(X), ncol = K)
  counts <- counts[rowSums(counts) >= 1, , drop = FALSE]
  C <- coincidences(counts)
  whole <- X[rowSums(is.na(X)) == 0, , drop = FALSE]
  c(
    list(pairwise = pairwise, light_kappa_linear = light(pairwise, "kappa_linear"),
         light_kappa_quadratic = light(pairwise, "kappa_quadratic"), krippendorff_ordinal = alpha_of(C, "ordinal"),
         krippendorff_interval = alpha_of(C, "interval"), icc = icc(whole), kendall_w = kendall_w(whole),
         pct_all_readers_exact = if (nrow(whole)) mean(apply(whole, 1, function(x) length(unique(x)) == 1))),
    lapply(WEIGHTS, function(W) gwet(counts, W))
  )
}

wide <- function(rows, value = "pref") {
  unit <- paste(rows$comparison_id, rows$feature_id, rows$image_set_id, sep = "\r")
  units <- sort(unique(unit))
  readers <- sort(unique(rows$reader_id))
  X <- matrix(NA_real_, length(units), length(readers), dimnames = list(units, readers))
  X[cbind(match(unit, units), match(rows$reader_id, readers))] <- rows[[value]]
  X
}

all_agreement <- function(rows) {
  X <- wide(rows)
  parts <- do.call(rbind, strsplit(rownames(X), "\r", fixed = TRUE))
  of <- function(group) lapply(split(seq_len(nrow(X)), group), function(i) agreement(X[i, , drop = FALSE]))
  list(
    T3A_pooled = agreement(X), per_cell = of(paste(parts[, 1], parts[, 2], sep = "/")), per_feature = of(parts[, 2]),
    per_comparison = of(parts[, 1])
  )
}

baseline <- function(rows, permutations = 200) {
  X <- wide(rows)
  cell <- sub("\r[^\r]*$", "", rownames(X))
  set.seed(SEED)
  pairs <- combn(ncol(X), 2, simplify = FALSE)
  names(pairs) <- vapply(pairs, function(ij) paste(colnames(X)[ij], collapse = "-"), "")
  lapply(pairs, function(ij) {
    both <- rowSums(is.na(X[, ij])) == 0
    x <- rank(X[both, ij[1]])
    y <- rank(X[both, ij[2]])
    g <- cell[both]
    o <- order(g)
    rho <- vapply(seq_len(permutations), function(i) cor(x[o], y[order(g, runif(length(g)))]), 0)
    mean(rho)
  })
}

# ---- bootstrap of patients

percentiles <- function(x) {
  defined <- x[is.finite(x)]
  if (length(defined) >= 0.8 * length(x)) as.numeric(quantile(defined, c(0.025, 0.975)))
}

drawn <- function(P, B) {
  set.seed(SEED)
  t(rmultinom(B, P, rep(1, P)))
}

cell_bootstrap <- function(rows) {
  rows <- rows[!is.na(rows$d), ]
  counts <- unclass(table(rows$patient_id, factor(rows$d, -2:2)))
  if (nrow(counts) < 2) return(list())
  n <- drawn(nrow(counts), B) %*% counts
  N <- rowSums(n)
  plus <- n[, 4:5]
  minus <- n[, 2:1]
  sizes <- plus + minus
  rank <- cbind(sizes[, 1] / 2, sizes[, 1] + sizes[, 2] / 2) + 0.5
  i <- row(gap)[upper.tri(gap, diag = TRUE)]
  j <- col(gap)[upper.tri(gap, diag = TRUE)]
  average <- ((-2:2)[i] + (-2:2)[j]) / 2
  o <- order(average)
  pairs <- sapply(o, function(k) if (i[k] == j[k]) n[, i[k]] * (n[, i[k]] + 1) / 2 else n[, i[k]] * n[, j[k]])
  win <- rowSums(plus)
  loss <- rowSums(minus)
  found <- list(
    mean = as.numeric(n %*% -2:2) / N, net_benefit = (win - loss) / N,
    rank_biserial = rowSums(rank * (plus - minus)) / rowSums(rank * sizes),
    hodges_lehmann = middle_of(pairs, average[o]), median = middle_of(n, -2:2),
    win_odds = (win + n[, 3] / 2) / (loss + n[, 3] / 2)
  )
  limits <- lapply(found, percentiles)
  names(limits) <- paste0(names(found), "_ci")
  limits
}

middle_of <- function(n, values) {
  reached <- n
  for (k in seq_len(ncol(n))[-1]) reached[, k] <- reached[, k - 1] + n[, k]
  total <- reached[, ncol(n)]
  at <- function(position) values[max.col(reached >= position, ties.method = "first")]
  (at((total + 1) %/% 2) + at(total %/% 2 + 1)) / 2
}

agreement_bootstrap <- function(rows, B) {
  X <- wide(rows)
  patient <- rows$patient_id[match(sub("^.*\r", "", rownames(X)), rows$image_set_id)]
  g <- factor(patient)
  if (nlevels(g) < 2 || ncol(X) < 2) return(list())
  times <- drawn(nlevels(g), B)
  counts <- matrix(unit_counts(X), ncol = K)
  m <- rowSums(counts)
  weight <- ifelse(m >= 2, 1 / pmax(m - 1, 1), 0)
  by_patient <- function(values) times %*% rowsum(values, g)
  C <- by_patient(sapply(seq_len(K * K), function(cell) {
    a <- (cell - 1) %% K + 1
    b <- (cell - 1) %/% K + 1
    weight * counts[, a] * (counts[, b] - (a == b))
  }))
  W <- WEIGHTS$gwet_ac2_quadratic
  pa <- ifelse(m >= 2, rowSums(counts * (counts %*% t(W) - 1)) / (pmax(m, 1) * pmax(m - 1, 1)), 0)
  sums <- by_patient(cbind(pa, m >= 2, m >= 1, counts / pmax(m, 1)))
  pi <- sums[, -(1:3)] / sums[, 3]
  pe <- sum(W) / (K * (K - 1)) * rowSums(pi * (1 - pi))
  pairs <- combn(ncol(X), 2, simplify = FALSE)
  pairs <- pairs[order(vapply(pairs, max, 0), vapply(pairs, min, 0))]
  tables <- lapply(pairs, function(ij) {
    cell <- factor(X[, ij[1]] + K * (X[, ij[2]] - 1), seq_len(K * K))
    times %*% unclass(table(g, cell))
  })
  list(
    T3A_spearman = list(ci = lapply(tables, percentiles_of, table_rho)),
    T3A_kappa_quadratic = list(ci = lapply(tables, percentiles_of, table_kappa)),
    T3A_krippendorff_ordinal = list(ci = percentiles_of(C, function(C) alpha_of(C, "ordinal")$alpha)),
    T3A_gwet_ac2_quadratic = list(ci = percentiles((sums[, 1] / sums[, 2] - pe) / (1 - pe)))
  )
}

percentiles_of <- function(tables, statistic) {
  percentiles(apply(tables, 1, function(cells) {
    value <- statistic(matrix(cells, K))
    if (is.null(value)) NA else value
  }))
}

table_rho <- function(T) {
  place <- function(margin) cumsum(margin) - margin / 2 - sum(T) / 2
  x <- place(rowSums(T))
  y <- place(colSums(T))
  sum(T * outer(x, y)) / sqrt(sum(rowSums(T) * x^2) * sum(colSums(T) * y^2))
}

table_kappa <- function(T) 1 - sum(QUADRATIC * T) * sum(T) / sum(QUADRATIC * outer(rowSums(T), colSums(T)))

# ---- all of it

scores <- read.csv(arguments[1], colClasses = "character", na.strings = NULL)
allocation <- read.csv(arguments[2], colClasses = "character", na.strings = NULL)
place <- match(scores$presentation_id, allocation$presentation_id)
stopifnot(!anyNA(place))
arm_a <- sub("_.*", "", scores$comparison_id)
x <- ifelse(gsub("-", "", allocation$right_arm[place]) == arm_a, 1, -1)
scores$d <- x * (suppressWarnings(as.numeric(scores$raw_score)) - 3)
scores$pref <- 3 + scores$d
first <- scores[scores$replicate == "1", ]
first <- first[order(first$patient_id, first$image_set_id, first$reader_id), ]
cells <- split(first, paste(first$comparison_id, first$feature_id, sep = "/"))

results <- list(cells = list(), bootstrap = list())
found <- lapply(cells, one_cell)
for (name in names(found)) {
  parts <- strsplit(name, "/", fixed = TRUE)[[1]]
  results$cells[[parts[1]]][[parts[2]]] <- found[[name]]
}
corrected <- function(of) {
  p <- vapply(found, function(cell) if (length(cell)) of(cell) else 1, 0)
  within <- unlist(lapply(split(p, sub("/.*", "", names(p))), p.adjust, "holm"))
  names(within) <- sub("^[^.]*[.]", "", names(within))
  list(p = as.list(p), holm_all = as.list(p.adjust(p, "holm")), bh_all = as.list(p.adjust(p, "BH")),
       by_all = as.list(p.adjust(p, "BY")), holm_within_comparison = as.list(within))
}
results$multiplicity <- list(
  pooled_signed_rank_nocc = corrected(function(cell) cell$wsr$wilcox$p_nocc),
  pooled_signed_rank_exact = corrected(function(cell) cell$wsr$wilcox$p_exact),
  cluster_flip_exact = corrected(function(cell) cell$clustered$p_exact_flip)
)
if (length(unique(first$reader_id)) > 1) {
  permuted <- baseline(first)
  results$agreement <- all_agreement(first)
  for (pair in names(results$agreement$T3A_pooled$pairwise)) {
    results$agreement$T3A_pooled$pairwise[[pair]]$permutation_baseline <- list(rho = permuted[[pair]])
  }
}
if (B > 0) {
  results$bootstrap <- lapply(cells, cell_bootstrap)
  if (length(unique(first$reader_id)) > 1) results$bootstrap <- c(results$bootstrap, agreement_bootstrap(first, min(B, 999)))
}

paths <- character(0)
values <- numeric(0)
walk <- function(value, path) {
  keys <- if (is.list(value) && !is.null(names(value))) names(value) else seq_along(value) - 1
  if (is.null(value)) return(record(path, NA))
  if (!is.list(value) && length(value) == 1) return(record(path, value))
  for (i in seq_along(value)) walk(value[[i]], c(path, keys[i]))
}
record <- function(path, value) {
  paths[[length(paths) + 1]] <<- paste(path, collapse = "|")
  values[[length(values) + 1]] <<- as.numeric(value)
}
walk(results, character(0))
writeLines(c("path,value", paste(paths, ifelse(is.finite(values), sprintf("%.17g", values), "NA"), sep = ",")), arguments[4])
