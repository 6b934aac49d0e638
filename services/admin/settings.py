"""Settings of the admin pages."""

from pydantic import Field, SecretStr

from shared.settings import Settings


class AdminSettings(Settings):
    """The password, and where the other services are."""

    admin_password: SecretStr = Field(
        default=SecretStr(""),
        description="The admin's password; `make up` generates it into .env and shows it once. "
        "Empty: nobody can log in.",
    )
    api_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The API as the admin's server reaches it. On loopback, links take the name "
        "under which the page was opened.",
    )
    web_url: str = Field(default="http://127.0.0.1:3000", description="The chat page.")
    context_url: str = Field(
        default="http://127.0.0.1:8001", description="Health of the context service."
    )
    inference_url: str = Field(
        default="http://127.0.0.1:8002", description="Health of the inference service."
    )
    memory_writer_url: str = Field(
        default="http://127.0.0.1:8003", description="Health of the memory writer."
    )
    probe_timeout_s: float = Field(
        default=1.0, gt=0, description="How long a service may take to say how it is, in seconds."
    )
