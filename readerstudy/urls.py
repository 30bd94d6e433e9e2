"""Addresses. A page, its view, its template and its test share one name."""

from django.contrib.auth import views as auth
from django.urls import include, path, reverse_lazy

from readerstudy.forms import SignInForm
from readerstudy.views import (
    cases,
    conduct,
    display_check,
    guesses,
    home,
    people,
    pixels,
    reading,
    receiver,
    sending,
    sign_in_again,
    signing,
    stow,
    study,
    uploads,
)

handler404 = "readerstudy.views.errors.page_not_found"
handler500 = "readerstudy.views.errors.server_error"

account = [
    path(
        "sign-in/",
        auth.LoginView.as_view(
            template_name="readerstudy/sign_in.html", authentication_form=SignInForm, redirect_authenticated_user=True
        ),
        name="sign_in",
    ),
    path("sign-in/again/", sign_in_again.sign_in_again, name="sign_in_again"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign_out"),
    path(
        "password/",
        auth.PasswordChangeView.as_view(
            template_name="readerstudy/password.html", success_url=reverse_lazy("password_changed")
        ),
        name="password",
    ),
    path(
        "password/changed/",
        auth.PasswordChangeDoneView.as_view(template_name="readerstudy/password_changed.html"),
        name="password_changed",
    ),
    path(
        "password/reset/<uidb64>/<token>/",
        auth.PasswordResetConfirmView.as_view(
            template_name="readerstudy/password_reset.html", success_url=reverse_lazy("sign_in")
        ),
        name="password_reset",
    ),
    path("invitations/<str:token>/", people.accept_invitation, name="accept_invitation"),
    path("people/", people.people, name="people"),
    path("people/<int:pk>/", people.change_person, name="change_person"),
    path("receiver/", receiver.receiver, name="receiver"),
    path("people/<int:pk>/password-link/", people.password_link, name="password_link"),
]

case_pages = [
    path("cases/", cases.cases, name="cases"),
    path("uploads/", uploads.begin, name="begin_upload"),
    path("uploads/<uuid:upload>/file/", uploads.receive_file, name="upload_file"),
    path("uploads/<uuid:upload>/finish/", uploads.finish, name="finish_upload"),
    path("uploads/<uuid:upload>/cancel/", uploads.cancel, name="cancel_upload"),
    path("uploads/<uuid:upload>/", uploads.report, name="upload_report"),
    path("uploads/<uuid:upload>/clear/", uploads.clear_report, name="clear_report"),
    path("series/<int:pk>/", cases.series_page, name="series"),
    path("series/<int:pk>/thumbnail/", cases.thumbnail, name="thumbnail"),
    path("series/<int:pk>/assign/", cases.assign, name="assign_series"),
    path("series/<int:pk>/remove/", cases.remove, name="remove_series"),
    path("series/<int:pk>/restore/", cases.restore, name="restore_series"),
    path("image-sets/<int:pk>/", cases.describe, name="describe_image_set"),
    path("tasks/<int:pk>/retry/", cases.retry_task, name="retry_task"),
]

sending_pages = [
    path("sending/", sending.sending, name="sending"),
    path("sending/titles/", sending.add_title, name="add_receiving_title"),
    path("sending/titles/<int:pk>/close/", sending.close_title, name="close_receiving_title"),
    path("sending/titles/<int:pk>/open/", sending.open_title, name="open_receiving_title"),
    path("sending/tokens/<int:pk>/revoke/", sending.revoke_token, name="revoke_sending_token"),
    path("sending/arrivals/<int:pk>/close/", sending.close_arrival, name="close_arrival"),
    path("sending/refusals/clear/", sending.clear_refusals, name="clear_refusals"),
]

study_pages = [
    path("", study.overview, name="overview"),
    path("protocol/", study.edit_protocol, name="protocol"),
    *case_pages,
    *sending_pages,
    path("denoiser/", include("enhancement.urls")),
    path("readers/", conduct.readers, name="readers"),
    path("readers/invite/", conduct.invite, name="invite"),
    path("readers/<int:pk>/remove/", conduct.remove_member, name="remove_member"),
    path("readers/invitations/<int:pk>/withdraw/", conduct.withdraw_invitation, name="withdraw_invitation"),
    path("allocation/", conduct.allocation, name="allocation"),
    path("allocation/seal/", conduct.seal, name="seal"),
    path("display-check/", display_check.display_check, name="display_check"),
    path("guesses/", guesses.guesses, name="guesses"),
    path("monitor/", conduct.monitor, name="monitor"),
    path("close/", conduct.closing, name="close"),
    path("close/lock/", conduct.lock, name="lock"),
    path("close/unblind/", conduct.unblind, name="unblind"),
    path("audit/", study.audit_trail, name="audit_trail"),
    path("results/", include("analysis.urls")),
    path("", include("analysis.study_urls")),
]

reading_pages = [
    path("", reading.worklist, name="worklist"),
    path("keys/", reading.keys, name="reader_keys"),
    path("<slug:slug>/review/", signing.reading_review, name="reading_review"),
    path("<slug:slug>/sign/", signing.sign, name="reading_sign"),
    path("<str:token>/", reading.station, name="station"),
    path("<str:token>/state/", reading.state, name="reading_state"),
    path("<str:token>/opened/", reading.opened, name="reading_opened"),
    path("<str:token>/scores/", reading.save, name="reading_scores"),
    path("<str:token>/finish/", reading.finish, name="reading_finish"),
    path("<str:token>/viewing/", reading.record_viewing, name="reading_viewing"),
]

urlpatterns = [
    path("", home.home, name="home"),
    *account,
    path("studies/new/", home.new_study, name="new_study"),
    path("studies/<slug:slug>/", include(study_pages)),
    path("read/", include(reading_pages)),
    path("api/", include("analysis.api_urls")),
    path("dicom-web/<slug:slug>/studies", stow.stow, name="stow"),
    path("pixels/<str:token>/", pixels.stack, name="stack"),
    path("pixels/<str:token>/<int:z>", pixels.pixel_slice, name="pixel_slice"),
]
