"""A home made ready for the server that runs the pipeline: folders, Dagster's storage, its models."""

from core.settings import Settings, environment
from orchestration import dagster_home
from orchestration.definitions import build_defs


def prepare(settings: Settings) -> None:
    """Make the folders of the home, Dagster's storage, and the models as Dagster knows them.

    VetroError where what Dagster would load cannot be used.
    """
    variables = settings.dagster_environment()
    with environment(variables):
        dagster_home.prepare(settings.vetro_home.ensure(), in_postgresql="DAGSTER_STORAGE_URL" in variables)
        build_defs(settings)
