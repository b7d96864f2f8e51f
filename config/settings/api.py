"""The HTTP API: authentication, errors, limits, schema."""

from datetime import timedelta
from typing import Any

from config.env import environment

_env = environment()

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "kit.problems.handle",
    "DEFAULT_AUTHENTICATION_CLASSES": ["gateway.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["gateway.throttles.PerCaller"],
    "DEFAULT_THROTTLE_RATES": {"caller": "600/min"},
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": _env.trusted_proxies,
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Showrunner",
    "DESCRIPTION": "The backend of a mobile live-video app. Errors are RFC 9457 problems.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "AUTHENTICATION_WHITELIST": ["gateway.authentication.BearerAuthentication"],
}

HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("app",)
HEADLESS_TOKEN_STRATEGY = "allauth.headless.tokens.strategies.jwt.JWTTokenStrategy"  # noqa: S105
HEADLESS_JWT_PRIVATE_KEY = _env.jwt_private_key
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = int(timedelta(minutes=15).total_seconds())
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = int(timedelta(days=30).total_seconds())
HEADLESS_JWT_ROTATE_REFRESH_TOKEN = True
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_ADAPTER = "gateway.accounts.AccountAdapter"
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{_env.public_url}/verify-email/{{key}}",
    "account_reset_password_from_key": f"{_env.public_url}/reset-password/{{key}}",
    "account_signup": f"{_env.public_url}/",
}
