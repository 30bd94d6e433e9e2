"""Addresses under a study's `denoiser/`."""

from django.urls import path

from enhancement import views

urlpatterns = [
    path("", views.denoiser, name="denoiser"),
    path("strength/", views.set_strength, name="set_strength"),
    path("engine/", views.set_engine, name="set_engine"),
    path("sent/<int:pk>/again/", views.send_again, name="send_again"),
    path("<int:pk>/", views.review_page, name="review"),
    path("<int:pk>/slice-<int:number>.png", views.picture, name="review_picture"),
    path("<int:pk>/<slug:act>/", views.decide, name="decide"),
]
