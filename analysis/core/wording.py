"""Numbers as they are printed in tables. The minus is U+2212, which no spreadsheet takes for a formula."""

NOTHING = "–"
# What a note of a cell (SPEC 2.6, 3.3, 3.4) says in a printed table; results and files keep the short names.
NOTES = {
    "no_data": "no readings",
    "all_ties": "no difference in any reading",
    "small_n": "fewer than 10 preferences",
    "cannot_reach_significance": "too few patients to reach significance",
    "informative_cluster_size": "depends on how patients with many readings weigh",
    "single_patient": "one patient only",
    "zero_variance": "no spread",
    "low_df": "few patients, interval uncertain",
    "normal_approximation": "P by normal approximation",
}


def format_p(p: float | None) -> str:
    """Two or three significant digits; never 0.00, never only < 0.05."""
    if p is None:
        return NOTHING
    if p < 0.0001:
        return "<0.0001"
    if p < 0.1:
        return f"{p:#.3g}"
    if p == 1:
        return "1"
    return ">0.99" if p > 0.99 else f"{p:.2f}"


def p_words(p: float | None) -> str:
    """'P = 0.03' or 'P <0.0001', as it stands in a sentence."""
    text = format_p(p)
    return f"P {text}" if text[0] in "<>" else f"P = {text}"


def _fixed(value: float | None, decimals: int) -> str:
    if value is None:
        return NOTHING
    text = f"{value:.{decimals}f}"
    return text if float(text) else text.removeprefix("-")


def plain(value: float | None, decimals: int) -> str:
    """A fixed number of decimals; never minus zero."""
    return _fixed(value, decimals).replace("-", "−")


def mean_sd(mean: float | None, sd: float | None, decimals: int) -> str:
    return NOTHING if mean is None else f"{plain(mean, decimals)} ± {plain(sd, decimals)}"


def interval(ci: list[float] | tuple[float, float] | None, decimals: int, *, shift: float = 0.0) -> str:
    if ci is None or None in ci:
        return NOTHING
    return f"{plain(ci[0] + shift, decimals)} to {plain(ci[1] + shift, decimals)}"


def per_cent(share: float | None, decimals: int = 1) -> str:
    return NOTHING if share is None else plain(100 * share, decimals)


def notes(status: str, flags: list[str]) -> str:
    """The notes of a cell as one phrase; without data or differences that is all there is to say."""
    return "; ".join(NOTES[name] for name in (flags if status == "ok" else [status]))


def counted(n: int, thing: str) -> str:
    """'1 reader', '2,004 readers'."""
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def minutes(seconds: float) -> str:
    """m:ss, as scan times are printed."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
