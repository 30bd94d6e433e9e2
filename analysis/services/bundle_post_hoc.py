"""The results of plans that were made after the seal, as files of the bundle beside those of the sealed plan."""

import json

import pandas as pd

from analysis import queries
from analysis.core.csv_text import to_csv
from analysis.core.results_json import to_json
from analysis.services.bundle_figures import figure_files
from analysis.services.plans import version_of
from analysis.services.report import report_files
from readerstudy.core.lifecycle import Act, require
from readerstudy.models import Study

READ_ME = """
Post hoc: {numbers} of the plan, made after the seal. post_hoc_N_plan.json says in itself who made it, when and why;
post_hoc_N_results.json and post_hoc_N_table*.csv are its results, post_hoc_N_figures/ its figures, and
post_hoc_N_report.pdf and .html its report, where the worker has made them. They replace nothing above.
"""


def post_hoc_files(study: Study) -> dict[str, bytes]:
    """Name to content for every later version of the plan that was computed; nothing where there is none."""
    require(study.status, Act.JOIN_ARMS)
    files = {}
    for number in later_versions(study):
        analysis = queries.latest_analysis(study, plan_version=number)
        if analysis is None:
            continue
        plan = dict(version_of(study, number).plan)
        begin = f"post_hoc_{number}_"
        files[f"{begin}plan.json"] = (json.dumps(plan, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
        files[f"{begin}results.json"] = to_json(analysis.results["results"]).encode()
        files |= figure_files(analysis, folder=f"{begin}figures").files
        files |= {f"{begin}{name}": content for name, content in report_files(analysis).items()}
        for table in queries.shown_tables(analysis):
            frame = pd.DataFrame(table["rows"], columns=table["columns"])
            files[f"{begin}{table['name']}.csv"] = to_csv(frame).encode()
    return files


def later_versions(study: Study) -> list[int]:
    """The numbers of the versions after the sealed one whose results were computed."""
    return sorted(number for number in queries.computed_versions(study) if number > 1)


def read_me(study: Study) -> str:
    numbers = later_versions(study)
    versions = f"version{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
    return READ_ME.format(numbers=versions) if numbers else ""
