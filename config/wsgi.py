"""The web's front door: `granian --interface wsgi config.wsgi:application`."""

from django.core.wsgi import get_wsgi_application

from kit import everyone

application = get_wsgi_application()
# Here and not in an AppConfig: granian loads this module in its workers, after their fork.
everyone.listen("web")
