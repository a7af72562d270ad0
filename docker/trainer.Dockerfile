# The retrain worker, and every other command of the trainer. torch is what the package index gives for locks/torch.txt:
# the build with CUDA as a rule, a CPU build where PIP_FIND_LINKS or the index holds one.
# Built from the repository root: docker build -f docker/trainer.Dockerfile .
FROM python:3.11-slim AS build
RUN python -m venv --without-pip /opt/venv
# torch before the lock: it is by far the largest layer, and seldom changes.
COPY locks/torch.txt /locks/
RUN python -m pip --python /opt/venv/bin/python install --no-cache-dir -r /locks/torch.txt
# "train registry-s3": with the packages of a registry at s3://…
ARG LOCK=train
COPY locks/ /locks/
RUN for lock in ${LOCK}; do \
      python -m pip --python /opt/venv/bin/python install --no-cache-dir --no-deps --require-hashes -r /locks/${lock}.txt || exit 1; \
    done

FROM python:3.11-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
ENV GATLING_DATA_DIR=/data GATLING_REGISTRY=/registry HOME=/data
RUN useradd --uid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin gatling \
 && install -d -o gatling -g gatling /data /registry
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY docker/trainer_health.py ./docker/
COPY shipped ./shipped
COPY gatling_core ./gatling_core
COPY trainer ./trainer
RUN python -m compileall -q gatling_core trainer
USER gatling
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["python", "docker/trainer_health.py"]
ENTRYPOINT ["python", "-P", "-m", "trainer"]
CMD ["retrain", "--every", "1h"]
