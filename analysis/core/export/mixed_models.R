# Mixed models of the preferences, for each comparison and feature. Needs R with the packages ordinal and lme4:
#   install.packages(c("ordinal", "lme4"))          or, on Debian: apt-get install r-cran-ordinal r-cran-lme4
# Usage: Rscript mixed_models.R        reads ratings_long.csv here, writes mixed_models.csv and mixed_variances.csv
#
# clmm: logit P(raw_score <= k) = theta_k - beta * x - random effects of patient and reader on x, where x = +1 when
#       arm A stood right and -1 when it stood left. beta > 0: arm A is preferred; exp(beta) is a cumulative odds ratio.
#       What is constant over sides (a liking for the right screen) is taken up by theta and not by beta.
# lmer: variance components of pref_delta by patient, image set and reader, for planning further studies.
for (package in c("ordinal", "lme4")) if (!requireNamespace(package, quietly = TRUE))
  stop("The R package '", package, "' is not installed; see the head of this script.")
source("read_ratings.R")
d <- d[d$replicate == 1 & !is.na(d$raw_score), ]
d$x <- ifelse(d$a_on_left == 1, -1, 1)
for (column in c("patient_id", "image_set_id", "reader_id")) d[[column]] <- factor(d[[column]])

too_thin <- function(cell) {
  if (nrow(cell) < 60) return("fewer than 60 scores")
  if (length(unique(cell$raw_score)) < 3) return("fewer than 3 categories used")
  if (!any(cell$pref_delta > 0) || !any(cell$pref_delta < 0)) return("no win or no loss at all: beta would be infinite")
  if (nlevels(droplevels(cell$reader_id)) < 2) return("one reader only")
  ""
}
quietly <- function(expression) withCallingHandlers(expression, warning = function(w) invokeRestart("muffleWarning"))

model <- function(cell) {
  row <- data.frame(comparison_id = cell$comparison_id[1], feature_id = cell$feature_id[1], n = nrow(cell),
                    beta = NA, se = NA, p = NA, odds_ratio = NA, var_patient = NA, var_reader = NA,
                    note = too_thin(cell))
  if (row$note != "") return(row)
  cell$score <- ordered(cell$raw_score)
  fit <- tryCatch(quietly(ordinal::clmm(score ~ x + (0 + x | patient_id) + (0 + x | reader_id), data = cell)),
                  error = function(e) NULL)
  if (is.null(fit)) { row$note <- "the model does not converge"; return(row) }
  beta <- summary(fit)$coefficients["x", ]
  row[c("beta", "se", "p")] <- beta[c("Estimate", "Std. Error", "Pr(>|z|)")]
  row$odds_ratio <- exp(row$beta)
  row$var_patient <- as.numeric(ordinal::VarCorr(fit)$patient_id)[1]
  row$var_reader <- as.numeric(ordinal::VarCorr(fit)$reader_id)[1]
  row
}

variances <- function(cell) {
  row <- data.frame(comparison_id = cell$comparison_id[1], feature_id = cell$feature_id[1], n = nrow(cell),
                    mean = mean(cell$pref_delta), patient = NA, image_set = NA, reader = NA, residual = NA, note = "")
  several <- vapply(cell[c("patient_id", "image_set_id", "reader_id")], function(v) length(unique(v)) > 1, TRUE)
  if (!all(several) || length(unique(cell$pref_delta)) < 2) { row$note <- "nothing varies"; return(row) }
  # Where each patient has one image set the two cannot be told apart: the patient takes it all.
  nested <- nlevels(droplevels(cell$image_set_id)) > nlevels(droplevels(cell$patient_id))
  terms <- c("(1 | patient_id)", if (nested) "(1 | image_set_id)", "(1 | reader_id)")
  fit <- tryCatch(suppressMessages(quietly(lme4::lmer(reformulate(terms, "pref_delta"), data = cell))),
                  error = function(e) NULL)
  if (is.null(fit)) { row$note <- "the model does not converge"; return(row) }
  v <- as.data.frame(lme4::VarCorr(fit)); part <- function(group) { i <- match(group, v$grp); v$vcov[i] }
  row$patient <- part("patient_id"); row$image_set <- part("image_set_id")
  row$reader <- part("reader_id"); row$residual <- part("Residual")
  row
}

cells <- split(d, list(d$comparison_id, d$feature_id), drop = TRUE)
write.csv(do.call(rbind, lapply(cells, model)), "mixed_models.csv", row.names = FALSE, na = "")
write.csv(do.call(rbind, lapply(cells, variances)), "mixed_variances.csv", row.names = FALSE, na = "")
