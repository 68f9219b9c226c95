#!/bin/sh
# Puts together what the image holds: the program without symbols, the libraries that it is linked with, the certificate authorities of
# this system, and a user. The same program on the same system gives the same bytes.
#
# usage: root.sh PROGRAM FOLDER
set -eu
program=$1
root=$2

mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/data" "$root/tmp"
strip -o "$root/usr/bin/pushmail" "$program"
ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'pushmail:x:65532:65532::/data:/nonexistent' > "$root/etc/passwd"
echo 'pushmail:x:65532:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"

find "$root" -type d -exec chmod 0755 {} +
find "$root" -type f -exec chmod 0644 {} +
chmod 0755 "$root/usr/bin/pushmail"
find "$root" -name '*.so*' -exec chmod 0755 {} +
chmod 1777 "$root/tmp"
chown -R 0:0 "$root"
chown 65532:65532 "$root/data"
find "$root" -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH:-0}" {} +
