#!/bin/sh
# What the entry point of the image postgres:15 does with the variables that the chart sets: makes the data folder, the user and the
# database at the first start.
set -eu
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    (umask 077 && mkdir -p "$PGDATA" && printf '%s' "$POSTGRES_PASSWORD" >/tmp/password)
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust --auth-host=scram-sha-256
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
    psql --username="$POSTGRES_USER" --dbname=postgres --command="CREATE DATABASE \"$POSTGRES_DB\""
    pg_ctl --pgdata="$PGDATA" --wait stop
fi
exec "$@" -D "$PGDATA" -c listen_addresses='*'
