"""A home made ready for the server that runs the pipeline: folders, Dagster's storage, its models."""

from core.settings import Settings, environment
from orchestration import dagster_home, model_assets


def prepare(settings: Settings) -> None:
    """Make the folders of the home, Dagster's storage, and the models as Dagster knows them."""
    dagster_home.prepare(settings.vetro_home.ensure())
    with environment(settings.dagster_environment()):
        model_assets.specs(settings)
