"""Settings of the chat page."""

from pydantic import Field

from shared.settings import Settings


class WebSettings(Settings):
    """Where the API and the admin pages are."""

    api_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The API as the page's server reaches it. On loopback, links take the name "
        "under which the page was opened.",
    )
    admin_url: str = Field(
        default="http://127.0.0.1:3002", description="The admin pages, for a link."
    )
    max_body_bytes: int = Field(
        default=1024 * 1024, ge=1024, description="The largest question that is passed on, bytes."
    )
    probe_timeout_s: float = Field(
        default=1.0, gt=0, description="How long the API may take to say how it is, in seconds."
    )
