#!/bin/sh
# Runs a command with the secrets in a folder as TF_VAR_secrets and TF_VAR_certificates: `./secrets.sh FOLDER tofu apply`.
# Makes those that are not there yet, but for the certificates, which are yours to put there: listeners.{crt,key,ca} and
# nats.{crt,key,ca}, in PEM.
set -eu

folder="${1:?the folder with the secrets}"
shift
umask 077
mkdir -p "$folder"

# Keeps what a command prints as the secret of this name.
made() {
  name="$1"
  shift
  [ -s "$folder/$name" ] || "$@" >"$folder/$name"
}

# NATS takes no number for a password, and PostgreSQL wants letters of both cases and a digit.
password() {
  printf 'Pw1%s\n' "$(openssl rand -hex 20)"
}

made master-key pushmail master-key
made admin-key pushmail admin-key
for name in postgresql nats-control nats-delivery nats-watcher; do
  made "$name" password
done

# An object of files in the folder: KEY=FILE, …
object() {
  python3 - "$folder" "$@" <<'END'
import json, pathlib, sys
folder, *pairs = sys.argv[1:]
named = (pair.split("=") for pair in pairs)
print(json.dumps({key: (pathlib.Path(folder) / name).read_text().strip() for key, name in named}))
END
}

secrets="$(object master_key=master-key admin_key=admin-key postgresql_password=postgresql)"
nats="$(object control=nats-control delivery=nats-delivery watcher=nats-watcher)"
TF_VAR_secrets="${secrets%\}}, \"nats_passwords\": $nats}"
TF_VAR_certificates="{\"listeners\": $(object certificate=listeners.crt key=listeners.key ca=listeners.ca), \"nats\": $(object certificate=nats.crt key=nats.key ca=nats.ca)}"
export TF_VAR_secrets TF_VAR_certificates
exec "$@"
