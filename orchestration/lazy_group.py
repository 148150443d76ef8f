"""A group of commands that imports the module of a command only when that command is asked for.

A table of commands arrives: where each stands, and the words of its line in the list. The list is printed
from the table alone, so that it answers at once, whatever the commands import. What a command does does not
belong here.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group


@dataclass(frozen=True)
class LazyCommand:
    """One command: `module` and `function` where it stands, `panel` and `summary` as the list shows them.

    `summary` is the first paragraph of the function's docstring; a test holds them together.
    """

    module: str
    function: str
    panel: str
    summary: str

    @property
    def name(self) -> str:
        """The word that is typed."""
        return self.function.replace("_", "-")

    def listed(self) -> TyperCommand:
        """Return what the list of commands shows of it, without its module."""
        return TyperCommand(name=self.name, help=self.summary, rich_help_panel=self.panel)

    def loaded(self) -> TyperCommand:
        """Return the command itself; this imports its module."""
        app = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
        function = getattr(import_module(self.module), self.function)
        app.command(self.name, rich_help_panel=self.panel)(function)
        command = get_group(app).commands[self.name]
        if not isinstance(command, TyperCommand):
            raise TypeError(f"{self.module}.{self.function} is no command")
        return command


class LazyGroup(TyperGroup):
    """The group of the commands in `lazy_commands`, in their order. A subclass names them."""

    lazy_commands: tuple[LazyCommand, ...] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for command in self.lazy_commands:
            self.add_command(command.listed())

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Return the name, the command and the arguments left; here the module is imported."""
        name, listed, rest = super().resolve_command(ctx, args)
        return name, self.load(name) if name and listed else None, rest

    def load(self, name: str) -> TyperCommand:
        """Return the command of this name, whole. KeyError for one that is not in the table."""
        return {command.name: command for command in self.lazy_commands}[name].loaded()
