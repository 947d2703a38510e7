#!/bin/sh
# /usr/local/bin/pycam: pycam's tools on a machine where it is installed.
#
#     sudo pycam check
#     sudo pycam model fetch
#     pycam manifest --socket          (needs nothing of this machine, and no root)
#
# A tool sees what the services see: their settings and data, their user and groups (the camera and its bus), and the
# secrets. Those only root can read; systemd hands each service a copy (LoadCredential), and this does the same: a
# folder that nobody but root and pycam can enter, in memory, gone when the tool ends. (systemd-run could make that
# copy, too, but not without a running systemd, and a tool should stay an ordinary child of its terminal.)
set -eu
user=pycam
pycam=/opt/pycam/venv/bin/pycam

case ${1:-} in
    "" | -h | --help | manifest) exec "$pycam" "$@" ;;
esac
if [ "$(id -u)" != 0 ]; then
    echo "This needs pycam's settings, tokens and data: sudo pycam $*" >&2
    exit 77 # EX_NOPERM
fi

group=$(id -gn "$user")
groups=$group
for devices in video i2c; do
    ! getent group "$devices" >/dev/null || groups=$groups,$devices
done

umask 077
secrets=$(mktemp -d /run/pycam-secrets.XXXXXXXX)
trap 'rm -rf "$secrets"' EXIT
# Without these dash would not run the line above.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
copy() { [ ! -e "$1" ] || install -m 440 -g "$group" "$1" "$secrets/$2"; }
copy /etc/pycam/private.yml private.yml
copy /etc/pycam/aws-credentials aws
chgrp "$group" "$secrets"
chmod 750 "$secrets"

setpriv --reuid "$user" --regid "$group" --groups "$groups" --no-new-privs --reset-env \
    env PYCAM_CONFIG=/etc/pycam/config.yml PYCAM_DATA=/var/lib/pycam PYTHONDONTWRITEBYTECODE=1 \
    CREDENTIALS_DIRECTORY="$secrets" AWS_SHARED_CREDENTIALS_FILE="$secrets/aws" "$pycam" "$@"
