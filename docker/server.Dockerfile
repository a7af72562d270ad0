# The scoring service: no torch, no pip, no compiler; runs as a user without rights, on a read-only root file system.
# Built from the repository root: docker build -f docker/server.Dockerfile .
FROM python:3.11-slim AS build
# tracing instead of serve: with the packages that send traces to OTEL_EXPORTER_OTLP_ENDPOINT; "serve registry-s3": with those of a
# registry at s3://…
ARG LOCK=serve
COPY locks/ /locks/
RUN python -m venv --without-pip /opt/venv \
 && for lock in ${LOCK}; do \
      python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --require-hashes -r /locks/${lock}.txt || exit 1; \
    done

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV GATLING_HOST=0.0.0.0 GATLING_PORT=8000 GATLING_DATA_DIR=/data GATLING_REGISTRY=/registry
# Named volumes take their owner from these folders. The trainer writes the registry with the same id.
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin gatling \
 && install -d -o gatling -g gatling /data /registry
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY docker/server_health.py ./docker/
COPY shipped ./shipped
COPY gatling_core ./gatling_core
COPY server ./server
RUN python -m compileall -q gatling_core server
USER gatling
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s CMD ["python", "docker/server_health.py"]
CMD ["python", "-P", "-m", "server", "up"]
