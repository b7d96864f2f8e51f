"""The web's front door: `granian --interface wsgi config.wsgi:application`."""

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from kit import everyone

application = get_wsgi_application()
# The first request would wait for every page to be imported.
_ = get_resolver().url_patterns
# Here and not in an AppConfig: granian loads this module in its workers, after their fork.
everyone.listen("web")
