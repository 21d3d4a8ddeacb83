from django.urls import path

from projects.hooks import PATH
from projects.inbox import receive

urlpatterns = [path(f"{PATH}<slug:token>/", receive, name="awork_hook")]
