"""`.env.example` names every variable of every settings class with its default."""

from deploy.embedded import dotenv_file, env_example


def test_the_file_is_what_the_settings_classes_give() -> None:
    written = env_example.PATH.read_text(encoding="utf-8")
    assert written == env_example.render(), "`make env-example` writes it anew"


def test_every_variable_of_every_class_is_there() -> None:
    listed = dotenv_file.parse(env_example.PATH.read_text(encoding="utf-8"))
    wanted = {
        env_example.variable(name, field)
        for _, settings in env_example.settings_classes()
        for name, field in settings.model_fields.items()
    }
    assert wanted | {"ADMIN_PASSWORD"} == set(listed)


def test_classes_that_share_a_variable_agree_on_its_default() -> None:
    defaults: dict[str, dict[str, str]] = {}
    for title, settings in env_example.settings_classes():
        for name, field in settings.model_fields.items():
            default = str(field.get_default(call_default_factory=True))
            defaults.setdefault(env_example.variable(name, field), {})[title] = default
    differing = {name for name, found in defaults.items() if len(set(found.values())) > 1}
    # `auto` is the launcher's word: it passes on what it found or runs itself.
    assert differing == {"LLM_BACKEND", "DATABASE_URL"}


def test_no_secret_has_a_default() -> None:
    listed = dotenv_file.parse(env_example.PATH.read_text(encoding="utf-8"))
    assert [listed[name] for name in ("SECRET_KEY", "ADMIN_PASSWORD", "OPENAI_API_KEY")] == [""] * 3
