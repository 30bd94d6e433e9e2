"""From what stored results were made, for programs."""

import json
from typing import Any

from analysis import queries
from analysis.models import Analysis
from analysis.services.report import REPORT, VERSIONS
from readerstudy.core.lifecycle import Act, require


def provenance(analysis: Analysis) -> dict[str, Any]:
    """Hashes, seed, versions, and every file that was drawn or typeset with its SHA-256. Refused before unblinding."""
    study = analysis.study
    require(study.status, Act.JOIN_ARMS)
    meta = analysis.results["results"]["meta"]
    kept = analysis.files.filter(section=REPORT, name=VERSIONS).first()
    return {
        "plan_version": analysis.plan_version,
        "post_hoc": analysis.plan_version > 1,
        "plan_line": analysis.results["plan_line"],
        "computed_at": analysis.made_at,
        "seed": meta["seed"],
        "plan_sha256": analysis.plan_sha256,
        "sealed_plan_sha256": study.plan_sha256,
        "data_sha256": analysis.data_sha256,
        "allocation_sha256": meta["allocation_sha256"],
        "allocation_seal_sha256": study.allocation_sha256,
        "locked_scores_sha256": study.scores_sha256,
        "versions": analysis.versions,
        "images_measured_with": queries.measured_with(study),
        "printed_with": json.loads(bytes(kept.content))["printed_with"] if kept else {},
        "files": dict(analysis.files.values_list("name", "sha256")),
    }
