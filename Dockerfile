# The one image of production: every Airflow component and MLflow run from it.
FROM python:3.11.14-slim-bookworm

ENV AIRFLOW_HOME=/opt/airflow \
    PATH=/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/airflow \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# requirements first: they change seldom, and the layer is cached; bytecode is compiled here, once, as below
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && pip install --no-cache-dir --compile -r /tmp/requirements.txt \
    && rm /tmp/requirements.txt

# the folders exist with their owner, so that named volumes mounted there belong to the same user
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow --no-create-home airflow \
    && install --directory --owner airflow --group root --mode 0770 \
       /opt/airflow /opt/airflow/logs /opt/airflow/store /opt/mlflow/artifacts

WORKDIR /opt/airflow
COPY --chown=airflow:0 dags dags
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 include include
RUN python -m compileall -q dags plugins include

USER airflow
CMD ["airflow", "version"]
