# The search page, the API and the command `timbao` in one image: docker build -t timbao .
# How to run it: docs/deploy.md. It needs no network when it runs and writes to two volumes only.
ARG PYTHON=3.13
FROM python:${PYTHON}-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/timbao
COPY requirements.lock /src/
RUN /opt/timbao/bin/pip install --require-hashes --requirement /src/requirements.lock
COPY pyproject.toml README.md LICENSE /src/
COPY search /src/search
COPY web /src/web
RUN /opt/timbao/bin/pip install --no-deps --no-build-isolation /src && /opt/timbao/bin/python -m compileall -q /opt/timbao
# the loops are compiled here once; a processor of another kind compiles them anew into the same volume
ENV NUMBA_CACHE_DIR=/var/cache/timbao
RUN mkdir -p /data \
  && /opt/timbao/bin/timbao index /src/README.md --index /tmp/first --workers 1 \
  && /opt/timbao/bin/timbao search "tìm báo" --index /tmp/first

FROM python:${PYTHON}-slim
RUN useradd --uid 10001 --user-group --no-create-home --home-dir /nonexistent timbao
COPY --from=build /opt/timbao /opt/timbao
COPY --from=build --chown=10001:10001 /var/cache/timbao /var/cache/timbao
COPY --from=build --chown=10001:10001 /data /data
ENV PATH=/opt/timbao/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/var/cache/timbao \
    TIMBAO_INDEX=/data/index \
    TIMBAO_HOST=0.0.0.0
USER 10001:10001
VOLUME ["/data", "/var/cache/timbao"]
EXPOSE 8800
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8800/readyz', timeout=4)"]
ENTRYPOINT ["timbao"]
CMD ["serve"]
