"""Addresses under a study's `denoiser/`."""

from django.urls import path, re_path

from enhancement import views

urlpatterns = [
    path("", views.denoiser, name="denoiser"),
    path("strength/", views.set_strength, name="set_strength"),
    path("<int:pk>/", views.review_page, name="review"),
    path("<int:pk>/slice-<int:number>.png", views.picture, name="review_picture"),
    re_path(r"^(?P<pk>[0-9]+)/(?P<act>accept|reject|again)/$", views.decide, name="decide"),
]
