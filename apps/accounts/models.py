"""The user, as SQL stores it: what signing in and the staff's permissions need, and no more."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from typing_extensions import override

from kit.ids import new_id


def normalized(email: str) -> str:
    """Return the one spelling of an address that is stored; its case never tells people apart."""
    return email.strip().lower()


class UserManager(BaseUserManager["User"]):
    """Creates users, and finds them by e-mail in whatever case it was typed."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Store a user; without a password nobody can sign in as them by one.

        Raises:
            ValueError: no e-mail.
            IntegrityError: the e-mail is taken.

        """
        if not email:
            raise ValueError("A user has an e-mail address.")
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    @override
    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalized(username or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """Who signs in. What others see of a person is the Profile document."""

    id = models.CharField(primary_key=True, max_length=26, default=new_id, editable=False)
    email = models.EmailField("e-mail", unique=True)
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    is_active = models.BooleanField(default=True, help_text="May sign in.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            # `unique` compares bytes: two spellings of one address would be two people
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_is_lower"
            )
        ]

    @override
    def __str__(self) -> str:
        return self.email

    @override
    def clean(self) -> None:
        """Lower the address before forms check the constraint."""
        super().clean()
        self.email = normalized(self.email)

    @override
    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = normalized(self.email)
        super().save(*args, **kwargs)
