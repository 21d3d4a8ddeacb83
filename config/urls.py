from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from integrations import kinds
from integrations.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("healthz", healthz, name="healthz"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    *(url for kind in kinds.registered() for url in kind.public_urls()),
]
