# symgen with FluidSynth, on the CPU, as a user without rights. docs/install.md says how to use it:
#   docker build -t symgen .
#   docker run --rm --user "$(id -u):$(id -g)" -v "$PWD:/music" symgen generate --bars 16 --wav -o song.mid
FROM python:3.13-slim AS build
# The compiler of the small C library; the image itself does without.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /source
COPY . .
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt .

FROM python:3.13-slim
# The release of Debian says which version of the library fits.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libfluidsynth3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -m 1777 /music
COPY --from=build /venv /venv
# Whoever runs it may have no home here; what libraries keep goes with the container.
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1
USER 1000:1000
WORKDIR /music
ENTRYPOINT ["symgen"]
CMD ["--help"]
