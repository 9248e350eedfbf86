# Server, worker and commands in one image; not tried, since no Docker runs where this was made.
FROM python:3.11-slim

WORKDIR /opt/contextpairs
COPY . .
RUN pip install --no-cache-dir --constraint constraints.txt '.[s3]' \
    && useradd --create-home --home-dir /srv/pairs pairs

# Relative paths of deployments start here: mount a volume.
USER pairs
WORKDIR /srv/pairs
ENV DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false
CMD ["contextpairs", "--help"]
