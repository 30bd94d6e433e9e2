"""Addresses. A page, its view, its template and its test share one name."""

from django.contrib.auth.views import PasswordChangeDoneView
from django.urls import include, path
from django.views.i18n import set_language

from readerstudy.views import (
    account,
    cases,
    closing,
    conduct,
    display_check,
    fetching,
    guesses,
    health,
    home,
    metrics,
    people,
    pixels,
    reading,
    receiver,
    sending,
    sign_in,
    sign_in_again,
    signing,
    status,
    stow,
    study,
    training,
    uploads,
)

handler404 = "readerstudy.views.errors.page_not_found"
handler500 = "readerstudy.views.errors.server_error"

account_pages = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-in/again/", sign_in_again.sign_in_again, name="sign_in_again"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("password/", sign_in.Password.as_view(), name="password"),
    path(
        "password/changed/",
        PasswordChangeDoneView.as_view(template_name="readerstudy/password_changed.html"),
        name="password_changed",
    ),
    path("password/reset/<uidb64>/<token>/", sign_in.PasswordReset.as_view(), name="password_reset"),
    path("account/", account.account, name="account"),
    path("account/sessions/end/", account.end_sessions, name="end_sessions"),
    path("account/sessions/<int:pk>/end/", account.end_session, name="end_session"),
    path("account/second-factor/", account.second_factor, name="second_factor"),
    path("account/second-factor/begin/", account.begin_second_factor, name="begin_second_factor"),
    path("account/second-factor/confirm/", account.confirm_second_factor, name="confirm_second_factor"),
    path("account/second-factor/codes/", account.renew_recovery_codes, name="renew_recovery_codes"),
    path("account/second-factor/off/", account.second_factor_off, name="second_factor_off"),
    path("invitations/<str:token>/", people.accept_invitation, name="accept_invitation"),
    path("language/", set_language, name="set_language"),
    path("people/", people.people, name="people"),
    path("people/status/", status.installation_status, name="installation_status"),
    path("people/audit/", people.installation_audit, name="installation_audit"),
    path("people/<int:pk>/", people.change_person, name="change_person"),
    path("receiver/", receiver.receiver, name="receiver"),
    path("people/<int:pk>/password-link/", people.password_link, name="password_link"),
    path("people/<int:pk>/second-factor/reset/", people.reset_second_factor, name="reset_second_factor"),
    path("people/<int:pk>/unlock/", people.unlock, name="unlock"),
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
    path("image-sets/<int:pk>/training/", training.mark_training, name="mark_training"),
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

fetching_pages = [
    path("fetch/", fetching.fetching, name="fetching"),
    path("fetch/begin/", fetching.begin, name="begin_fetch"),
    path("fetch/<int:pk>/cancel/", fetching.cancel, name="cancel_fetch"),
    path("fetch/<int:pk>/retry/", fetching.retry, name="retry_fetch"),
]

study_pages = [
    path("", study.overview, name="overview"),
    path("protocol/", study.edit_protocol, name="protocol"),
    *case_pages,
    *sending_pages,
    *fetching_pages,
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
    path("close/", closing.closing, name="close"),
    path("close/lock/", closing.lock, name="lock"),
    path("close/unblind/", closing.unblind, name="unblind"),
    path("close/requests/<int:pk>/sign/", closing.sign_closing, name="sign_closing"),
    path("close/requests/<int:pk>/withdraw/", closing.withdraw_closing, name="withdraw_closing"),
    path("audit/", study.audit_trail, name="audit_trail"),
    path("results/", include("analysis.urls")),
    path("", include("analysis.study_urls")),
]

reading_pages = [
    path("", reading.worklist, name="worklist"),
    path("keys/", reading.keys, name="reader_keys"),
    path("<slug:slug>/review/", signing.reading_review, name="reading_review"),
    path("<slug:slug>/sign/", signing.sign, name="reading_sign"),
    path("<slug:slug>/training/", training.training, name="training"),
    path("<str:token>/", reading.station, name="station"),
    path("<str:token>/state/", reading.state, name="reading_state"),
    path("<str:token>/opened/", reading.opened, name="reading_opened"),
    path("<str:token>/scores/", reading.save, name="reading_scores"),
    path("<str:token>/finish/", reading.finish, name="reading_finish"),
    path("<str:token>/viewing/", reading.record_viewing, name="reading_viewing"),
    path("<str:token>/handling/", training.handling, name="reading_handling"),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    *account_pages,
    path("studies/new/", home.new_study, name="new_study"),
    path("studies/<slug:slug>/", include(study_pages)),
    path("read/", include(reading_pages)),
    path("api/", include("analysis.api_urls")),
    path("dicom-web/<slug:slug>/studies", stow.stow, name="stow"),
    path("pixels/<str:token>/", pixels.stack, name="stack"),
    path("pixels/<str:token>/<int:z>", pixels.pixel_slice, name="pixel_slice"),
]
