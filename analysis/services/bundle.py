"""The analysis bundle: data, dictionary, plan, results, tables, the way to compute them again, and checksums."""

import hashlib
import io
import json
import zipfile

import pandas as pd

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.results import to_json
from analysis.models import Analysis
from analysis.services.compute import input_tables
from readerstudy.core.errors import IntegrityFailure, WrongState
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

DICTIONARY = (
    ("study_id", "text", "short name of the study"),
    ("reader_id", "text", "pseudonym of the reader"),
    ("presentation_id", "text", "one display of one pair to one reader"),
    ("presentation_order", "integer", "place in the reader's order, from 1"),
    ("session", "integer", "reading session"),
    ("replicate", "integer", "1 first reading, 2 and more hidden repeats"),
    ("patient_id", "text", "participant; the cluster of the primary analysis"),
    ("image_set_id", "text", "one acquisition of one participant"),
    ("region", "text", "cervical, thoracic or lumbar"),
    ("plane", "text", "sagittal, axial or coronal"),
    ("sequence", "text", "plane and weighting"),
    ("scanner_id", "text", "scanner"),
    ("vendor", "text", "manufacturer"),
    ("field_t", "number", "field strength in tesla"),
    ("site_id", "text", "imaging site"),
    ("comparison_id", "text", "ordered pair of arms: arm A, arm B"),
    ("left_arm", "text", "arm that was shown left"),
    ("right_arm", "text", "arm that was shown right"),
    ("feature_id", "text", "rated feature"),
    ("raw_score", "integer", "answer on the screen: 1 left pronouncedly better … 5 right"),
    ("missing_reason", "text", "skipped, not_assessable, not_reached or technical"),
    ("duration_s", "number", "active seconds on the pair"),
)
READ_ME = """{title}: analysis bundle

scores.csv          one row a reader x presentation x feature, as scored on the screen, with the arm on each side
allocation.csv      the key: which arm stood where
consistency.csv     consistency boxes by side
image_metrics.csv   SSIM and L1 by image set
plan.json           the analysis plan; SHA-256 {plan}
results.json        every statistic at full precision
table1.csv …        the tables as printed; table_consistency.csv and table_diagnostic_quality.csv beside them
dictionary.csv      what the columns of scores.csv mean
audit.jsonl         the audit trail; each line carries the hash of the line before
SHA256SUMS          check with: sha256sum -c SHA256SUMS

To compute results.json again from these files:
    python manage.py analyse scores.csv --allocation allocation.csv --consistency consistency.csv{images} \\
        --plan plan.json --out again
Allocation seal: {seal}
"""


def bundle_files(study: Study) -> dict[str, bytes]:
    """Name to content, checksums last. Refused before unblinding and before the results were computed."""
    require(study.status, Act.JOIN_ARMS)
    analysis = queries.latest_analysis(study)
    if analysis is None:
        raise WrongState("The results are not computed yet.")
    inputs = input_tables(study)
    files = {
        **inputs,
        "plan.json": (json.dumps(study.plan, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        "results.json": to_json(analysis.results["results"]).encode(),
        "dictionary.csv": _dictionary(),
        "audit.jsonl": _audit_trail(study),
        "README.txt": _read_me(study, inputs).encode(),
    }
    printed = _printed_tables(analysis)
    if clash := printed.keys() & files.keys():
        raise IntegrityFailure(f"A printed table would replace the data in {', '.join(sorted(clash))}.")
    files |= printed
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    return {**files, "SHA256SUMS": sums.encode()}


def _printed_tables(analysis: Analysis) -> dict[str, bytes]:
    frames = {
        f"{table['name']}.csv": pd.DataFrame(table["rows"], columns=table["columns"])
        for table in queries.shown_tables(analysis)
    }
    return {name: to_csv(frame).encode() for name, frame in frames.items()}


def _dictionary() -> bytes:
    return to_csv(pd.DataFrame(DICTIONARY, columns=["column", "type", "meaning"])).encode()


def _read_me(study: Study, inputs: dict[str, bytes]) -> str:
    images = " \\\n        --image-metrics image_metrics.csv" if "image_metrics.csv" in inputs else ""
    return READ_ME.format(title=study.title, plan=study.plan_sha256, seal=study.allocation_sha256, images=images)


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
