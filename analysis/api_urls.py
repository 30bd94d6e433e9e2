"""Addresses of the API, under `/api/`."""

from django.urls import path

from analysis.api import api

urlpatterns = [path("v1/", api.urls)]
