"""Compare the denoiser with other methods on simulated acquisitions of a folder of volumes; no database."""

import csv
import io
import math
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from enhancement.core.strength import checked_strength
from enhancement.management.denoising import ToolCommand, add_denoiser_options, denoiser_of
from readerstudy.core.errors import BadSetting

PHANTOM_SCENES = 8  # of the lesion bench, beside the volumes
PICTURES, PICTURE_PX = 4, 160


class Command(ToolCommand):
    help = "Print how the denoiser and its peers do on simulated FAST and SOC made from DIR (NIfTI, .npy, DICOM)."
    json_help = "print everything as one JSON object"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", metavar="DIR", type=Path)
        parser.add_argument(
            "--peers",
            default="identity,gaussian,nlm",
            help="also bm3d, bm3d_oracle (requirements-peers.txt)",
        )
        parser.add_argument("--only", default="", metavar="TEXT", help="only volumes whose path contains TEXT")
        parser.add_argument("--cases", type=int, default=2, help="acquisitions per volume; 4 meet every SNR")
        parser.add_argument("--slices", type=int, default=3, help="central slices per volume")
        parser.add_argument("--roi", type=int, default=192, metavar="PX", help="side of the scored square")
        parser.add_argument("--seeds", default="7", metavar="N,N", help="of lesions and noise; all is done for each")
        add_denoiser_options(parser)
        parser.add_argument("--peers-cache", type=Path, metavar="DIR", help="keep and reuse the outputs of slow peers")
        parser.add_argument("--out", type=Path, metavar="DIR", help="folder for the tables (CSV) and the plots")
        parser.add_argument(
            "--lesions", type=int, default=0, metavar="N", help="also the lesion bench, N draws a scene"
        )
        parser.add_argument("--card", type=Path, metavar="DIR", help="folder for EVALUATION.md and its pictures")
        super().add_arguments(parser)

    def line(self, report: dict[str, Any]) -> str:
        return str(report["text"])

    def work(self, options: dict[str, Any]) -> dict[str, Any]:
        from enhancement.core.evaluation_card import EvaluationRun
        from enhancement.core.evaluation_run import NETWORK, remembered, score_all_repeats, score_cases
        from enhancement.core.evaluation_table import format_lesions, format_repeats, format_table, make_table
        from enhancement.core.peers import Peer, choose_peers

        settings = _settings(options)
        methods, missing = choose_peers(name for name in options["peers"].split(",") if name)
        for name in missing:
            self.say(f"{name} is left out: its package is not installed (requirements-peers.txt).")
        if options["peers_cache"]:
            slow = {name: peer for name, peer in methods.items() if peer.package}
            methods |= {name: remembered(peer, options["peers_cache"], name) for name, peer in slow.items()}
        network, used = _network_method(options)
        methods[NETWORK] = Peer(lambda volume_zyx, truth: network(volume_zyx))
        scores = score_cases(options["directory"], settings, methods, tell=self.say)
        repeats = score_all_repeats(options["directory"], settings, methods, tell=self.say)
        rows = make_table(scores)
        lesions, noise_free = _lesion_bench(options, settings, network) if options["lesions"] else ((), None)
        if options["out"]:
            _write_results(options["out"], rows, scores, repeats)
        if options["card"]:
            run = EvaluationRun(
                weights_sha256=used["weights_sha256"],
                strength=used["strength"],
                volumes=len({score.case for score in scores}),
                seeds=settings.seeds,
                rows=rows,
                repeats=repeats,
                lesions=lesions,
                noise_free=noise_free,
            )
            _write_card(options, settings, run, network)
        told = {"not_run": list(missing), **used, "settings": asdict(settings)}
        table, each, real = ([_plain(asdict(one)) for one in many] for many in (rows, scores, repeats))
        parts = (format_table(rows), format_repeats(repeats), format_lesions(lesions))
        text = "\n\n".join(part for part in parts if part)
        told["lesions"] = [asdict(row) for row in lesions]
        return {**told, "table": table, "scores": each, "repeats": real, "text": text}


def _settings(options: dict[str, Any]) -> Any:
    from enhancement.core.evaluation_run import EvaluationSettings

    try:
        seeds = tuple(int(seed) for seed in options["seeds"].split(","))
    except ValueError as error:
        raise BadSetting(f"--seeds are whole numbers between commas; got {options['seeds']!r}.") from error
    return EvaluationSettings(
        seeds=seeds,
        cases=options["cases"],
        slices=options["slices"],
        window_px=options["roi"],
        only=options["only"],
    )


def _network_method(options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """(the network at its strength as a method like the peers, what to report about it)."""
    from enhancement.core.denoise import denoise_volume

    strength = checked_strength(options["strength"])
    denoiser = denoiser_of(options)

    def network(volume_zyx: Any) -> Any:
        return denoise_volume(volume_zyx, denoiser=denoiser, strength=strength).volume_zyx

    return network, {"weights_sha256": denoiser.weights_sha256, "strength": strength}


def _lesion_bench(options: dict[str, Any], settings: Any, network: Any) -> tuple[Any, Any]:
    """On a central slice of every volume and on phantoms."""
    import numpy as np

    from enhancement.core.evaluation_volumes import find_volumes, read_central_slices
    from enhancement.core.lesion_bench import drawn_scene, noise_free_retention, real_scene, run_bench
    from enhancement.core.spine_scenes import draw_spine_scenes

    volumes = find_volumes(options["directory"], only=options["only"])
    seed, times = settings.seeds[0], options["lesions"]
    scenes = [real_scene(read_central_slices(file, 1)[0]) for file in volumes]
    scenes += [drawn_scene(image) for image in draw_spine_scenes(PHANTOM_SCENES, rng=np.random.default_rng(seed))]
    results = run_bench(scenes, network, realisations=times, seed=seed)
    return results, noise_free_retention([scene.image_yx for scene in scenes], network, seed=seed)


def _write_card(options: dict[str, Any], settings: Any, run: Any, network: Any) -> None:
    from enhancement.core.evaluation_card import draw_pictures, write_evaluation
    from enhancement.core.evaluation_table import draw_table

    folder: Path = options["card"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "evaluation.png").write_bytes(draw_table(run.rows, "png"))
    (folder / "evaluation_slices.png").write_bytes(draw_pictures(_phantom_pictures(settings, network)))
    text = write_evaluation(run, pictures=("evaluation.png", "evaluation_slices.png"))
    (folder / "EVALUATION.md").write_text(text, encoding="utf-8")


def _phantom_pictures(settings: Any, network: Any) -> list[Any]:
    """Phantoms only: a volume's licence may not allow that it is shown."""
    import numpy as np

    from enhancement.core.evaluation_card import Picture
    from enhancement.core.evaluation_cases import make_case, setting_for
    from enhancement.core.spine_scenes import draw_spine_scenes

    scenes = draw_spine_scenes(2 * PICTURES, rng=np.random.default_rng(settings.seeds[0]))[::2]
    pictures = []
    for index, scene in enumerate(scenes):
        setting = setting_for(index, 0, cases=1)
        seed = settings.seeds[0]
        case = make_case(
            scene[None], name="phantom", setting=setting, case_index=index, seed=seed, window_px=PICTURE_PX
        )
        enhanced = network(case.fast)
        parts = (part[0][case.window_yx] for part in (case.fast, enhanced, case.reference))
        pictures.append(Picture(f"FAST, SNR {setting.snr}, zero-fill {setting.zero_fill:g}", *parts))
    return pictures


def _write_results(out: Path, rows: Any, scores: Any, repeats: Any) -> None:
    from enhancement.core.evaluation_table import PICTURE_FORMATS, draw_table

    out.mkdir(parents=True, exist_ok=True)
    (out / "evaluation.csv").write_text(_as_csv([asdict(row) for row in rows]), encoding="utf-8")
    flat = [{key: value for key, value in asdict(s).items() if key != "setting"} | asdict(s.setting) for s in scores]
    (out / "evaluation_cases.csv").write_text(_as_csv(flat), encoding="utf-8")
    if repeats:
        (out / "evaluation_repeats.csv").write_text(_as_csv([asdict(one) for one in repeats]), encoding="utf-8")
    for picture_format in PICTURE_FORMATS:
        (out / f"evaluation.{picture_format}").write_bytes(draw_table(rows, picture_format))


def _as_csv(rows: list[dict[str, Any]]) -> str:
    """An undefined figure is an empty cell."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_plain(row) for row in rows)
    return buffer.getvalue()


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """None for what is undefined: JSON knows no NaN."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
