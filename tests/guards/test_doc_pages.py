"""What the pages of docs/ show and name is there, and every page of the product has its picture."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

from tests.guards.source import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
IMAGES = sorted((ROOT / "docs" / "images").iterdir())
MAX_BYTES = 150_000
TOUR = (ROOT / "scripts" / "screenshot_tour.py").read_text(encoding="utf-8")
# `shot(VIEW, PICTURE)` and `visit(PATH, VIEW, PICTURE)`.
PICTURED = set(re.findall(r"\"([a-z_]+)\",\s*\"[a-z-]+\"\s*\)", TOUR))
# Addresses that only take a form, or that answer with data: nothing to look at.
NOT_PAGES = {
    "begin_upload", "upload_file", "finish_upload", "cancel_upload", "clear_report", "thumbnail", "assign_series",
    "remove_series", "restore_series", "describe_image_set", "mark_training", "retry_task", "invite", "remove_member",
    "withdraw_invitation", "seal", "lock", "unblind", "compute_results", "table_csv", "export_bundle", "change_person",
    "password_link", "reset_second_factor", "unlock", "end_session", "end_sessions", "begin_second_factor",
    "second_factor_off", "sign_closing", "withdraw_closing",
    "sign_out", "sign_in_again", "reading_state", "reading_opened", "reading_scores", "reading_finish",
    "reader_keys", "reading_sign", "reading_viewing", "reading_handling", "set_language", "stack", "pixel_slice",
    "set_strength",
    "review_picture", "decide",
    "power_plot", "retry_power_run", "compute_plan_version", "revoke_token", "openapi-json", "api-root",
    "api_study", "api_conduct", "api_plan", "api_tables", "api_table_csv", "api_table_json", "api_results",
    "api_printed_table", "api_bundle", "api_provenance", "api_sections", "api_section", "api_printed_table_json",
    "api_figures", "api_figure_svg", "api_figure_png", "api_figure_csv", "api_figure_json", "api_report_pdf",
    "api_report_html",
    "result_figure", "draw_result_figures",
    "report_html", "report_pdf",
    "healthz", "metrics", "readyz",
    "add_receiving_title", "close_receiving_title", "open_receiving_title", "revoke_sending_token", "close_arrival",
    "clear_refusals", "stow", "begin_fetch", "cancel_fetch", "retry_fetch",
    "set_engine", "send_again",
    "image_metrics_csv", "new_figure", "preview_figure", "save_figure", "export_figure", "remove_figure",
}  # fmt: skip


def targets(page: Path) -> list[str]:
    """The files of ours that a page shows or links to."""
    found = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [str((page.parent / target).resolve()) for target in found]


def names(patterns: list[URLPattern | URLResolver]) -> set[str]:
    found: set[str] = set()
    for pattern in patterns:
        found |= names(pattern.url_patterns) if isinstance(pattern, URLResolver) else {str(pattern.name)}
    return found


class TestDocuments:
    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_every_picture_and_link_leads_somewhere(self, page: Path):
        assert [target for target in targets(page) if not Path(target).exists()] == []

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
    def test_each_management_command_that_it_names_exists(self, page: Path):
        named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8")))

        assert named - set(get_commands()) == set()

    @pytest.mark.parametrize("role", ["coordinator", "reader", "statistician", "administrator"])
    def test_each_role_has_a_page_with_pictures_that_the_readme_links_to(self, role: str):
        page = ROOT / "docs" / f"{role}.md"

        assert str(page) in targets(ROOT / "README.md")
        assert re.search(r"!\[[^]]+\]\(images/", page.read_text(encoding="utf-8")), "no picture with a description"


class TestPictures:
    @pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
    def test_it_is_small_shown_and_made_by_the_script(self, image: Path):
        assert image.stat().st_size <= MAX_BYTES
        assert any(str(image) in targets(page) for page in PAGES), "no page shows it"
        assert f'"{image.stem}"' in TOUR

    def test_every_page_of_the_product_is_visited(self):
        assert names(get_resolver().url_patterns) - NOT_PAGES - PICTURED == set()

    def test_what_is_called_no_page_has_an_address(self):
        assert names(get_resolver().url_patterns) >= NOT_PAGES
