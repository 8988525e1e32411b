# geoapp with its own database in one container; the data lives in the volume /data.
# Where Debian is at hand this is not needed: make run.
FROM debian:bookworm-slim

RUN apt-get update \
    && mkdir -p /etc/postgresql-common/createcluster.d \
    && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.d/geoapp.conf \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        make python3 python3-venv postgresql-postgis postgresql-postgis-scripts \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /srv/geoapp
COPY . .
RUN make setup \
    && rm -rf node_modules .data ~/.cache ~/.npm \
    && useradd --system --create-home geoapp \
    && chown -R geoapp .venv/var \
    && install -d -o geoapp -g geoapp /data

USER geoapp
ENV GEOAPP_DATA_DIR=/data \
    GEOAPP_HOST=0.0.0.0 \
    PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=5m --interval=30s CMD \
    ["/srv/geoapp/.venv/bin/python", "-c", \
     "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=5)"]
ENTRYPOINT ["/srv/geoapp/.venv/bin/geoapp"]
CMD ["up"]
