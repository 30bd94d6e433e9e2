#!/usr/bin/env Rscript
# What same_statistics.R leaves out: subgroups, conduct, repeats, consistency, image metrics and the ordinal models.
#
#     Rscript other_statistics.R SCORES.csv CONSISTENCY.csv METRICS.csv OUT.csv
#
# OUT.csv is as that of same_statistics.R. By the functions of R wherever it has one: kruskal.test, cor.test, binom.test,
# prop.test, mcnemar.test, quantile, mad, lm; the models by the package ordinal where it is installed (Debian: r-cran-ordinal).

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) != 4) stop("usage: other_statistics.R SCORES.csv CONSISTENCY.csv METRICS.csv OUT.csv", call. = FALSE)
text <- function(file) read.csv(file, colClasses = "character", na.strings = NULL)
number <- function(x) suppressWarnings(as.numeric(x))

scores <- text(arguments[1])
scores$arm_a <- sub("_.*", "", scores$comparison_id)
scores$raw <- number(scores$raw_score)
scores$x <- ifelse(scores$right_arm == scores$arm_a, 1, -1)
scores$d <- scores$x * (scores$raw - 3)
first <- scores[scores$replicate == "1", ]

# Cameron and Miller's CR1S of a linear model, by its scores.
cr1s <- function(fit, cluster) {
  X <- model.matrix(fit)
  meat <- crossprod(rowsum(X * residuals(fit), cluster))
  bread <- solve(crossprod(X))
  G <- length(unique(cluster))
  bread %*% meat %*% bread * G / (G - 1) * (nrow(X) - 1) / (nrow(X) - ncol(X))
}

# ---- subgroups

subgroup <- function(rows, factor_name) {
  rows <- rows[!is.na(rows$d) & rows[[factor_name]] != "", ]
  patients <- tapply(rows$patient_id, rows[[factor_name]], function(p) length(unique(p)))
  levels <- lapply(split(rows, rows[[factor_name]]), function(own) {
    list(n = nrow(own), n_patients = length(unique(own$patient_id)), n_sets = length(unique(own$image_set_id)),
         mean = mean(own$d), sd = sd(own$d), win = sum(own$d > 0), tie = sum(own$d == 0), loss = sum(own$d < 0))
  })
  block <- list(levels = levels)
  tested <- names(patients)[patients >= 3]
  rows <- rows[rows[[factor_name]] %in% tested, ]
  if (length(tested) < 2 || sd(rows$d) == 0) return(block)
  rows$level <- factor(rows[[factor_name]])
  G <- length(unique(rows$patient_id))
  fit <- lm(d ~ level, rows)
  b <- coef(fit)[-1]
  q <- length(b)
  V <- cr1s(fit, rows$patient_id)[-1, -1, drop = FALSE]
  if (q < G - 1 && rcond(V) > 1e-10) {
    F <- drop(b %*% solve(V, b)) / q
    block$wald_f_cr1s <- list(F = F, df1 = q, df2 = G - 1, p = pf(F, q, G - 1, lower.tail = FALSE))
  }
  if (!factor_name %in% c("sequence", "reader_id")) {
    means <- aggregate(d ~ patient_id + level, rows, mean)
    found <- kruskal.test(round(means$d, 10), means$level)
    block$kruskal_patient_means <- list(chisq = unname(found$statistic), df = unname(found$parameter), p = found$p.value)
  }
  block
}

results <- list(subgroups = list())
for (cell in split(first, paste(first$comparison_id, first$feature_id, sep = "/"))) {
  for (name in c("reader_id", "region", "sequence", "vendor", "scanner_id")) {
    place <- paste(cell$comparison_id[1], cell$feature_id[1], name, sep = "/")
    results$subgroups[[place]] <- subgroup(cell, name)
  }
}

# ---- conduct: presentations

shown <- do.call(rbind, lapply(split(scores, scores$presentation_id), function(rows) {
  raw <- rows$raw[!is.na(rows$raw)]
  data.frame(rows[1, c("reader_id", "replicate", "patient_id", "comparison_id", "x")], n = length(raw),
             order = number(rows$presentation_order[1]), m = mean(raw - 3), ad = mean(abs(raw - 3)),
             seconds = number(rows$duration_s[1]), same = if (length(raw) > 1) length(unique(raw)) == 1 else NA,
             same_non3 = if (length(raw) > 1) length(unique(raw)) == 1 && raw[1] != 3 else NA)
}))

bias <- function(rows) {
  rows <- rows[rows$n > 0, ]
  fit <- lm(m ~ 1 + x:comparison_id, rows)
  G <- length(unique(rows$patient_id))
  se <- sqrt(cr1s(fit, rows$patient_id)[1, 1])
  right <- sum(rows$m > 0)
  left <- sum(rows$m < 0)
  list(n = nrow(rows), bias_points = unname(coef(fit)[1]), se_cr1s = se, df_cr1s = G - 1,
       p_cr1s = unname(2 * pt(-abs(coef(fit)[1] / se), G - 1)), n_right_preferred = right, n_left_preferred = left,
       p_binom = binom.test(right, right + left)$p.value)
}
once <- shown[shown$replicate == "1", ]
results$position_bias <- c(list(all = bias(once)), lapply(split(once, once$reader_id), bias))

tau <- function(x, y) {
  kept <- !is.na(x) & !is.na(y)
  found <- suppressWarnings(cor.test(x[kept], y[kept], method = "kendall", exact = FALSE))
  list(n = sum(kept), tau = unname(found$estimate), z = unname(found$statistic), p = found$p.value)
}
by_reader <- split(shown, shown$reader_id)
results$drift <- lapply(by_reader, function(rows) {
  rows$m[rows$n == 0] <- NA
  rows$ad[rows$n == 0] <- NA
  list(abs_preference = tau(rows$order, round(rows$ad, 10)), log_duration = tau(rows$order, log(rows$seconds)),
       raw_mean = tau(rows$order, round(rows$m, 10)))
})
results$time <- lapply(by_reader, function(rows) {
  t <- log(rows$seconds)
  list(n = length(t), median_s = median(rows$seconds), q1 = quantile(rows$seconds, 0.25, names = FALSE),
       q3 = quantile(rows$seconds, 0.75, names = FALSE), mad_log = mad(t),
       n_outlier_3.5 = sum(abs(t - median(t)) > 3.5 * mad(t)), n_fast_3s = sum(rows$seconds < 3))
})
results$straight_lining <- lapply(split(scores, scores$reader_id), function(rows) {
  p <- prop.table(table(factor(rows$raw, levels = 1:5)))
  used <- p[p > 0]
  own <- shown[shown$reader_id == rows$reader_id[1], ]
  list(prop_same = mean(own$same, na.rm = TRUE), prop_same_non3 = mean(own$same_non3, na.rm = TRUE), prop_mid = p[["3"]],
       modal_prop = max(p), entropy_norm = -sum(used * log(used)) / log(5))
})

# ---- repeats

key <- function(rows) paste(rows$reader_id, rows$image_set_id, rows$comparison_id, rows$feature_id)
again <- scores[scores$replicate == "2", ]
if (nrow(again)) {
  before <- first[match(key(again), key(first)), ]
  kept <- !is.na(again$d) & !is.na(before$d)
  a <- before$d[kept]
  b <- again$d[kept]
  results$intra_reader$all <- list(
    n = sum(kept), n_swapped = sum(again$left_arm[kept] != before$left_arm[kept]), pct_exact = mean(a == b),
    pct_within1 = mean(abs(a - b) <= 1), mean_diff = mean(b - a), reversal = mean(a * b < 0),
    spearman = list(rho = cor(a, b, method = "spearman"))
  )
}

# ---- consistency

share <- function(x, n) {
  wilson <- suppressWarnings(prop.test(x, n, correct = FALSE)$conf.int)
  list(x = x, n = n, p = x / n, wilson = as.list(as.numeric(wilson)), cp = as.list(as.numeric(binom.test(x, n)$conf.int)),
       upper95_one_sided = binom.test(x, n, alternative = "less")$conf.int[2])
}
boxes <- text(arguments[2])
boxes <- boxes[boxes$replicate == "1", ]
boxes$left <- number(boxes$flag_left)
boxes$right <- number(boxes$flag_right)
facts <- c("presentation_id", "reader_id", "patient_id", "image_set_id", "comparison_id", "left_arm", "right_arm")
flags <- aggregate(boxes[c("left", "right")], boxes[facts], max)
ticked <- pmax(flags$left, flags$right)
by_patient <- tapply(ticked, flags$patient_id, max)
displays <- data.frame(arm = c(flags$left_arm, flags$right_arm), flag = c(flags$left, flags$right),
                       block = paste(flags$reader_id, flags$image_set_id))
mcnemar <- lapply(split(flags, flags$comparison_id), function(rows) {
  a_left <- rows$left_arm == sub("_.*", "", rows$comparison_id)
  a <- ifelse(a_left, rows$left, rows$right)
  b <- ifelse(a_left, rows$right, rows$left)
  counted <- table(factor(a, 0:1), factor(b, 0:1))
  n <- counted[2, 1] + counted[1, 2]
  list(both = counted[2, 2], a_only = counted[2, 1], b_only = counted[1, 2], neither = counted[1, 1],
       p_exact = if (n) binom.test(counted[2, 1], n)$p.value else 1)
})
arms <- tapply(displays$flag, list(displays$block, displays$arm), max)
arms <- arms[complete.cases(arms), ]
k <- ncol(arms)
Q <- (k - 1) * (k * sum(colSums(arms)^2) - sum(arms)^2) / (k * sum(arms) - sum(rowSums(arms)^2))
results$consistency <- list(
  presentations_any = share(sum(ticked), length(ticked)), patients_any = share(sum(by_patient), length(by_patient)),
  by_item = lapply(split(boxes, boxes$item), function(rows) share(sum(pmax(rows$left, rows$right)), nrow(rows))),
  by_arm = lapply(split(displays, displays$arm), function(rows) share(sum(rows$flag), nrow(rows))),
  mcnemar = mcnemar, cochran_q = list(n_blocks = nrow(arms), Q = Q, df = k - 1, p = pchisq(Q, k - 1, lower.tail = FALSE))
)

# ---- image metrics, and whether they go with the preference

images <- text(arguments[3])
difference <- round(number(images$l1_soc_fast) - number(images$l1_soc_fastdl), 6)
test <- suppressWarnings(wilcox.test(difference))
results$image_metrics <- list(
  n = nrow(images), V = unname(test$statistic), p_R_default_cc = test$p.value, mean_diff = mean(difference),
  ssim_soc_socdl = list(mean(number(images$ssim_soc_socdl)), sd(number(images$ssim_soc_socdl)))
)
for (cell in split(first, paste(first$comparison_id, first$feature_id))) {
  if (cell$comparison_id[1] != "SOC_FAST") next
  pref <- aggregate(d ~ image_set_id, cell, mean)
  metric <- number(images$l1_soc_fast)[match(pref$image_set_id, images$image_set_id)]
  rho <- cor(metric, round(pref$d, 10), method = "spearman")
  results$metric_preference$SOC_FAST$l1_soc_fast$features[[cell$feature_id[1]]] <- list(n = nrow(pref), rho = rho)
}

# ---- cumulative-link models with standard errors by patient

# The scores of clm: the derivatives of log P(category) by the thresholds and by beta, one row a reading.
clm_scores <- function(y, X, theta, beta) {
  edge <- c(-Inf, theta, Inf)
  eta <- drop(X %*% beta)
  upper <- edge[y + 1] - eta
  lower <- edge[y] - eta
  p <- plogis(upper) - plogis(lower)
  by_theta <- sapply(seq_along(theta), function(k) ((y == k) * dlogis(upper) - (y == k + 1) * dlogis(lower)) / p)
  cbind(by_theta, -X * (dlogis(upper) - dlogis(lower)) / p)
}
cell_model <- function(rows) {
  rows <- rows[!is.na(rows$d), ]
  if (nrow(rows) < 60 || length(unique(rows$raw)) < 3 || !any(rows$d > 0) || !any(rows$d < 0)) return(list())
  rows$y <- factor(rows$raw)
  fit <- ordinal::clm(y ~ x, data = rows, control = ordinal::clm.control(gradTol = 1e-9))
  at <- clm_scores(as.integer(rows$y), cbind(rows$x), fit$alpha, fit$beta)
  V <- vcov(fit) %*% crossprod(rowsum(at, rows$patient_id)) %*% vcov(fit)
  cr0 <- sqrt(V[nrow(V), nrow(V)])
  G <- length(unique(rows$patient_id))
  list(clm = list(beta = unname(fit$beta), se = sqrt(vcov(fit)[nrow(V), nrow(V)]), logLik = as.numeric(logLik(fit)),
                  n = nrow(rows), se_cluster_cr0 = cr0,
                  se_cluster = cr0 * sqrt(G / (G - 1) * (nrow(rows) - 1) / (nrow(rows) - length(coef(fit))))))
}
worth_model <- function(rows) {
  rows <- rows[!is.na(rows$d), ]
  rows$y <- factor(rows$raw)
  side <- function(arm) (rows$right_arm == arm) - (rows$left_arm == arm)
  rows$SOC <- side("SOC")
  rows$FASTDL <- side("FASTDL")
  exact <- ordinal::clm.control(gradTol = 1e-9)
  worth <- ordinal::clm(y ~ SOC + FASTDL, data = rows, control = exact)
  free <- ordinal::clm(y ~ x:comparison_id, data = rows, control = exact)
  lr <- 2 * as.numeric(logLik(free) - logLik(worth))
  list(worth = as.list(worth$beta), logLik_worth = as.numeric(logLik(worth)), logLik_free = as.numeric(logLik(free)),
       transitivity_lrt = list(lr = lr, df = 1, p = pchisq(lr, 1, lower.tail = FALSE)))
}
if (requireNamespace("ordinal", quietly = TRUE)) {
  results$models <- c(
    lapply(split(first, paste(first$comparison_id, first$feature_id, sep = "/")), cell_model),
    lapply(split(first, paste("worth", first$feature_id, sep = "/")), worth_model)
  )
}

paths <- character(0)
values <- numeric(0)
walk <- function(value, path) {
  keys <- if (is.list(value) && !is.null(names(value))) names(value) else seq_along(value) - 1
  if (!is.list(value)) {
    paths[[length(paths) + 1]] <<- paste(path, collapse = "|")
    values[[length(values) + 1]] <<- as.numeric(value)
    return(invisible())
  }
  for (i in seq_along(value)) walk(value[[i]], c(path, keys[i]))
}
walk(results, character(0))
writeLines(c("path,value", paste(paths, ifelse(is.finite(values), sprintf("%.17g", values), "NA"), sep = ",")), arguments[4])
