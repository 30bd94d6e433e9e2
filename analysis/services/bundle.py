"""The analysis bundle: data, dictionary, plan, results, tables, the way to compute them again, and checksums."""

import hashlib
import io
import json
import zipfile

import pandas as pd

from analysis import queries, queries_results
from analysis.core.csv_text import to_csv
from analysis.core.results_json import to_json
from analysis.core.section_tables.collection import table_files
from analysis.core.versions import FILES, package_versions
from analysis.models import Analysis
from analysis.services import bundle_post_hoc
from analysis.services.bundle_figures import figure_files
from analysis.services.bundle_post_hoc import post_hoc_files
from analysis.services.export import data_files, export_of
from analysis.services.report import report_files
from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

READ_ME = """{title}: analysis bundle

ratings_long.csv    one row a reader x presentation x feature: the score as clicked, and as a preference for arm A
ratings_wide_by_presentation.csv   one row a display, one column a feature
ratings_wide_by_reader.csv         one row an image set, comparison and feature, one column a reader
datapackage.json    every column of every table: type, meaning, what it may hold (Frictionless data package)
codebook.csv        the columns of ratings_long.csv for people, with the short names of ratings_long.xpt
ratings_long.sav    the long table for SPSS; read_ratings.sps opens it
ratings_long.xpt    the long table for SAS (XPORT version 5); read_ratings.sas opens it
read_ratings.R      opens the long table in R, takes the formula guard off, proves the orientation
mixed_models.R      the mixed models that only R computes (packages ordinal and lme4)

scores.csv          the scores as clicked, with the arm on each side: what the statistics start from
allocation.csv      the key: which arm stood where
consistency.csv     consistency boxes by side, one row a display and item
findings.csv        every box that was ticked: side, arm, category, anatomy or pathology, comment, pin on the image
image_metrics.csv   SSIM and L1 by image set, where they were measured
guesses.csv         which side readers thought was enhanced, where they were asked
viewing.csv         one row a display: active time, slices seen by side, last window and zoom; beside it the raw
                    viewing_intervals.csv, viewing_slices.csv, viewing_looks.csv; answer_order.csv the order of answers
reading_sessions.csv   one row a session: browser, screen, what the reader saw on the test pattern
codebook_reading.csv   the columns of these tables for people
plan.json           the analysis plan; SHA-256 {plan}
results.json        every statistic at full precision
report.pdf          methods, deviations, tables and figures to read (where the worker has made it); report.html the same
table1.csv …        the tables as printed; table_consistency.csv, table_diagnostic_quality.csv, table_repeats.csv
                    and table_image_metrics.csv beside them
sections/           every table of every page of the results as it is printed
figures/            every figure as SVG and PNG, with the numbers that it shows as CSV (where the worker has drawn them)
versions.json       the program and the libraries that computed, measured the images, drew and typeset; the .sav and
                    .xpt files were written by pyreadstat {pyreadstat}
audit.jsonl         the audit trail; each line carries the hash of the line before
SHA256SUMS          check with: sha256sum -c SHA256SUMS

Text cells that a spreadsheet would run as a formula carry one apostrophe in front: remove exactly one to restore.

ROC and AUC programs (iMRMC, RJafroc) do not apply: a preference has no truth state. The inference to other readers
(Obuchowski-Rockette, Hillis) is in results.json under random_reader.

To compute results.json again from these files:
    python manage.py analyse scores.csv --allocation allocation.csv --consistency consistency.csv{images}{guesses} \\
        --plan plan.json --out again
Allocation seal: {seal}
"""


def bundle_files(study: Study) -> dict[str, bytes]:
    """Name to content, checksums last. Refused before unblinding and before the results were computed."""
    require(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study)
    if analysis is None:
        raise WrongState("The results are not computed yet.")
    export, figures = export_of(study), figure_files(analysis)
    files = {
        **data_files(export, at=analysis.made_at, others=figures.resources),
        **figures.files,
        "plan.json": (json.dumps(study.plan, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        "results.json": to_json(analysis.results["results"]).encode(),
        "audit.jsonl": _audit_trail(study),
        **report_files(analysis),
        "README.txt": _read_me(study, export.input_files).encode(),
    }
    printed = _printed_tables(analysis) | table_files(queries_results.stored(analysis))
    if clash := printed.keys() & files.keys():
        raise IntegrityFailure(f"A printed table would replace the data in {', '.join(sorted(clash))}.")
    files |= printed | post_hoc_files(study)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return {**files, "SHA256SUMS": sums.encode()}


def _printed_tables(analysis: Analysis) -> dict[str, bytes]:
    frames = {
        f"{table['name']}.csv": pd.DataFrame(table["rows"], columns=table["columns"])
        for table in queries.shown_tables(analysis)
    }
    return {name: to_csv(frame).encode() for name, frame in frames.items()}


def _read_me(study: Study, inputs: dict[str, bytes]) -> str:
    images = " \\\n        --image-metrics image_metrics.csv" if "image_metrics.csv" in inputs else ""
    guesses = " \\\n        --guesses guesses.csv" if "guesses.csv" in inputs else ""
    text = READ_ME.format(
        title=study.title, plan=study.plan_sha256, seal=study.allocation_sha256, images=images, guesses=guesses,
        **package_versions(FILES),
    )  # fmt: skip
    return text + bundle_post_hoc.read_me(study)


def _audit_trail(study: Study) -> bytes:
    events = study.audit_events.order_by("number").values(
        "number", "at", "actor_name", "action", "detail", "previous_sha256", "sha256"
    )
    lines = (json.dumps(event, default=str, sort_keys=True, ensure_ascii=False) for event in events)
    return ("\n".join(lines) + "\n").encode()


def bundle_zip(study: Study) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in bundle_files(study).items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
    return content.getvalue()
