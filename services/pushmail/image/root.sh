#!/bin/sh
# Puts together what the image holds: the programs without symbols, the libraries that they are linked with, the certificate authorities of
# this system, and a user. The same programs on the same system give the same bytes.
#
# usage: root.sh PROGRAM... FOLDER
set -eu
for root in "$@"; do :; done

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/data" "$root/tmp"
while [ $# -gt 1 ]; do
    strip -o "$root/usr/bin/$(basename "$1")" "$1"
    ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
        mkdir -p "$root$(dirname "$library")"
        cp -L "$library" "$root$library"
    done
    shift
done
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'pushmail:x:65532:65532::/data:/nonexistent' > "$root/etc/passwd"
echo 'pushmail:x:65532:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"

find "$root" -type d -exec chmod 0755 {} +
find "$root" -type f -exec chmod 0644 {} +
chmod 0755 "$root"/usr/bin/*
find "$root" -name '*.so*' -exec chmod 0755 {} +
chmod 1777 "$root/tmp"
chown -R 0:0 "$root"
chown 65532:65532 "$root/data"
find "$root" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
