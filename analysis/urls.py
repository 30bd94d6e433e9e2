"""Addresses under a study's `results/`."""

from django.urls import path

from analysis import views

urlpatterns = [
    path("", views.results, name="results"),
    path("compute/", views.compute, name="compute_results"),
    path("<str:name>.csv", views.table_csv, name="table_csv"),
    path("bundle.zip", views.bundle, name="export_bundle"),
]
