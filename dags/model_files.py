"""Broken model files show as an import error of this file; all other models keep running."""

from airflow.sdk import get_parsing_context

from include.retraining import settings
from include.retraining.errors import SpecError
from include.retraining.spec.loading import load_specs

if get_parsing_context().dag_id is None and (errors := load_specs(settings.models_folder()).errors):
    raise SpecError("\n\n".join(errors.values()))
