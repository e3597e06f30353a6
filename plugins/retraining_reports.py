"""The page that shows the report of a run; loaded by the API server alone, at the first request."""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from retraining import xcom

from include.retraining import settings
from include.retraining.data.store import open_store
from include.retraining.results.run import Run

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
NOT_YET = "<p style='font-family:system-ui'>No report yet: it is written by the last task of the run.</p>"

app = FastAPI(title="Retraining reports")


@app.get(
    "/report/{dag_id}/{run_id}",
    response_class=HTMLResponse,
    dependencies=[Depends(requires_access_dag("GET", DagAccessEntity.XCOM))],
)
def report(dag_id: str, run_id: str) -> HTMLResponse:
    """Serve the report of a run from the store."""
    extracted = xcom(dag_id, run_id, "extract", "run")
    if extracted is None:
        return HTMLResponse(NOT_YET)
    run = Run.model_validate(extracted)
    folder = open_store(settings.store_uri()).child(run.model).child(run.folder)
    if not folder.exists("report.html"):
        return HTMLResponse(NOT_YET)
    return HTMLResponse(folder.read_bytes("report.html").decode(), headers=HEADERS)
