"""The weighting of a spine sequence from its timing, and its words where timing does not decide."""

from readerstudy.core.vocabulary import sequence_of

# Inversion times that null fat: about 130-150 ms at 1.5 T, 170-230 ms at 3 T.
STIR_TI_MS = (80.0, 300.0)
FLAIR_TI_MS = 1500.0
# Customary limits of spin-echo weighting: short TE below 35 ms, long TE above 60 ms, short TR below 1100 ms.
SHORT_TE_MS = 50.0
LONG_TE_MS = 60.0
SHORT_TR_MS = 1100.0


def weighting(
    *,
    tr_ms: float | None,
    te_ms: float | None,
    ti_ms: float | None,
    scanning_sequence: tuple[str, ...],
    words: tuple[str, ...],
) -> str:
    """Return T1, T2, PD, STIR, FLAIR, T2*, DWI or unknown.

    Inversion decides first, then spin-echo timing; gradient echoes and everything without timing go by
    their words. Wrong to use on anything but anatomical spine and brain protocols.
    """
    inverted = _inverted(ti_ms, te_ms, tr_ms)
    if inverted is not None:
        return inverted
    named = sequence_of(words)
    if named in ("STIR", "FLAIR", "DWI"):
        return named
    if "GR" in scanning_sequence or "GRADIENT" in scanning_sequence:
        return named or _gradient_echo(te_ms)
    return _spin_echo(tr_ms, te_ms) or named or "unknown"


def _inverted(ti_ms: float | None, te_ms: float | None, tr_ms: float | None) -> str | None:
    if ti_ms is None:
        return None
    if STIR_TI_MS[0] <= ti_ms <= STIR_TI_MS[1] and (tr_ms is None or tr_ms > SHORT_TR_MS):
        return "STIR"
    if ti_ms >= FLAIR_TI_MS and te_ms is not None and te_ms >= LONG_TE_MS:
        return "FLAIR"
    # Inversion near 800 ms with a short echo is T1 FLAIR or a magnetisation-prepared gradient echo.
    return "T1" if 400 <= ti_ms < FLAIR_TI_MS and te_ms is not None and te_ms < SHORT_TE_MS else None


def _spin_echo(tr_ms: float | None, te_ms: float | None) -> str | None:
    if tr_ms is None or te_ms is None:
        return None
    if te_ms >= LONG_TE_MS:
        return "T2" if tr_ms > SHORT_TR_MS else None
    if te_ms >= SHORT_TE_MS:
        return None
    return "T1" if tr_ms <= SHORT_TR_MS else "PD"


def _gradient_echo(te_ms: float | None) -> str:
    if te_ms is None:
        return "unknown"
    return "T2*" if te_ms >= 10 else "T1"
