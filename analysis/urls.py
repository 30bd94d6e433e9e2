"""Addresses under a study's `results/`."""

from django.urls import path

from analysis import views, views_figures, views_report

urlpatterns = [
    path("", views.results, name="results"),
    path("compute/", views.compute, name="compute_results"),
    path("draw/", views.draw_figures, name="draw_result_figures"),
    path("plots/<str:name>", views.result_figure, name="result_figure"),
    path("images/series/", views_figures.image_metrics, name="image_metrics"),
    path("images/listing.csv", views_figures.image_metrics_csv, name="image_metrics_csv"),
    path("figures/", views_figures.figures, name="figures"),
    path("figures/new/", views_figures.new_figure, name="new_figure"),
    path("figures/<int:pk>/", views_figures.figure, name="figure"),
    path("figures/<int:pk>/preview/", views_figures.preview_figure, name="preview_figure"),
    path("figures/<int:pk>/save/", views_figures.save_figure, name="save_figure"),
    path("figures/<int:pk>/export/", views_figures.export_figure, name="export_figure"),
    path("figures/<int:pk>/remove/", views_figures.remove_figure, name="remove_figure"),
    path("<str:name>.csv", views.table_csv, name="table_csv"),
    path("report/<int:number>.html", views_report.report, {"kind": "html"}, name="report_html"),
    path("report/<int:number>.pdf", views_report.report, {"kind": "pdf"}, name="report_pdf"),
    path("bundle.zip", views.bundle, name="export_bundle"),
    path("<slug:section>/", views.results_section, name="results_section"),
]
