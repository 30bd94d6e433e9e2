"""Addresses of this app under a study, beside its `results/`."""

from django.urls import path

from analysis import views_conduct, views_plan, views_power, views_tokens

urlpatterns = [
    path("monitor/checks/", views_conduct.conduct_checks, name="conduct_checks"),
    path("plan/", views_plan.plan, name="plan"),
    path("plan/versions/new/", views_plan.new_version, name="new_plan_version"),
    path("plan/versions/<int:number>/", views_plan.version, name="plan_version"),
    path("plan/versions/<int:number>/compute/", views_plan.compute_version, name="compute_plan_version"),
    path("plan/power/", views_power.power, name="power"),
    path("plan/power/<int:pk>/", views_power.power_run, name="power_run"),
    path("plan/power/<int:pk>/plot.svg", views_power.power_plot, name="power_plot"),
    path("plan/power/<int:pk>/retry/", views_power.retry_run, name="retry_power_run"),
    path("api/", views_tokens.tokens, name="api_access"),
    path("api/<int:pk>/revoke/", views_tokens.revoke, name="revoke_token"),
]
