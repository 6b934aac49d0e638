"""`token`: an access token for a user, signed with this installation's secret."""

import os

from deploy.embedded.failure import StackError
from shared.auth import issue_token


def mint(user: str, *, admin: bool, days: int) -> str:
    """Return a token, signed with SECRET_KEY of the environment.

    Raises StackError when the name, the lifetime or the secret cannot be used.
    """
    try:
        return issue_token(os.environ.get("SECRET_KEY", ""), user=user, admin=admin, days=days)
    except ValueError as error:
        raise StackError(str(error)) from error
