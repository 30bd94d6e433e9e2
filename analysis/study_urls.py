"""Addresses of this app under a study, beside its `results/`."""

from django.urls import path

from analysis import views_conduct, views_plan, views_tokens

urlpatterns = [
    path("monitor/checks/", views_conduct.conduct_checks, name="conduct_checks"),
    path("plan/", views_plan.plan, name="plan"),
    path("plan/versions/new/", views_plan.new_version, name="new_plan_version"),
    path("plan/versions/<int:number>/", views_plan.version, name="plan_version"),
    path("plan/versions/<int:number>/compute/", views_plan.compute_version, name="compute_plan_version"),
    path("api/", views_tokens.tokens, name="api_access"),
    path("api/<int:pk>/revoke/", views_tokens.revoke, name="revoke_token"),
]
