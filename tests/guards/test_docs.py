"""What the documents promise is there: commands, settings, help texts."""

import os
import re
import subprocess

import pytest
from django.core.management import get_commands, load_command_class

from tests.guards.source import APPS, ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
OUR_COMMANDS = sorted(name for name, app in get_commands().items() if app in APPS)
# `text("NAME"…)`, `boolean("NAME"…)`: the functions by which settings.py reads its environment.
READ_IN_SETTINGS = re.compile(r"\b(?:text|boolean|number|words|guarded)\(\s*\"([A-Z0-9_]+)\"")
# Read by the scripts that run before Django, and by tests; they are no settings.
NOT_SETTINGS = {"READERSTUDY_SHARED"}


def variables_in_settings() -> set[str]:
    return set(READ_IN_SETTINGS.findall((ROOT / "readerstudy" / "settings.py").read_text(encoding="utf-8")))


def variables_in_example() -> set[str]:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    return set(re.findall(r"^([A-Z0-9_]+)=", example, flags=re.M))


class TestEnvExample:
    def test_it_names_exactly_the_variables_that_settings_read(self):
        assert variables_in_example() == variables_in_settings()

    def test_no_other_file_of_the_product_reads_the_environment(self):
        readers = [
            str(path.relative_to(ROOT))
            for app in APPS
            for path in (ROOT / app).rglob("*.py")
            if re.search(r"os\.environ\.get|os\.getenv|os\.environ\[", path.read_text(encoding="utf-8"))
        ]

        assert readers == ["readerstudy/settings.py"]

    def test_a_shell_can_read_it(self):
        script = "set -eua; . ./.env.example"

        done = subprocess.run(["sh", "-c", script], cwd=ROOT, capture_output=True, text=True)

        assert (done.returncode, done.stderr) == (0, "")


class TestReadme:
    @pytest.mark.parametrize("command", ["run", "test"])
    def test_the_two_commands_are_there_and_can_be_executed(self, command: str):
        assert re.search(rf"^\s*\./{command}\b", README, flags=re.M)
        assert os.access(ROOT / command, os.X_OK)

    def test_each_management_command_that_it_names_exists(self):
        named = set(re.findall(r"manage\.py ([a-z_]+)", README))

        assert named - set(get_commands()) == set()

    def test_each_file_that_it_links_to_exists(self):
        linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", README)

        assert [path for path in linked if not (ROOT / path).exists()] == []


class TestManagementCommands:
    @pytest.mark.parametrize("name", OUR_COMMANDS)
    def test_it_says_what_it_does(self, name: str):
        command = load_command_class(get_commands()[name], name)

        assert len(command.help) > 20
        assert command.create_parser("manage.py", name).format_help()

    def test_there_are_some(self):
        assert "serve" in OUR_COMMANDS
