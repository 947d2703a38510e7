#!/bin/sh
# Take pycam off this machine. Settings, tokens, events and samples stay, for the next install.
#
#     sudo make uninstall             PURGE=1: those go as well, and the user
#
# DESTDIR=/somewhere: what `make install` put below that folder.
set -eu
root=${DESTDIR:-}
units=$root/etc/systemd/system

[ -n "$root" ] || [ "$(id -u)" = 0 ] || { echo "make uninstall needs root: sudo make uninstall" >&2; exit 1; }
running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# systemctl ends with 5 where a unit is not loaded: nothing is left to be stopped, as after an earlier uninstall.
unless_gone() { systemctl "$@" || [ $? = 5 ]; }

if running; then
    unless_gone stop pycam.target 'pycam-*.service'
fi
rm -f "$units"/multi-user.target.wants/pycam.target "$units"/pycam.target "$units"/pycam-*.service
rm -rf "$units/pycam.target.wants" "$units/pycam-.service.d"
rm -f "$units/pycam-camera@.service.d/i2c.conf" "$root/etc/systemd/system.conf.d/pycam-watchdog.conf"
rm -f "$units/systemd-time-wait-sync.service.d/pycam.conf"
rmdir "$units/pycam-camera@.service.d" "$units/systemd-time-wait-sync.service.d" 2>/dev/null || true
rm -rf "$root/opt/pycam"
rm -f "$root/usr/local/bin/pycam"

if [ -e "$root/etc/redis/pycam.conf" ]; then
    [ ! -e "$root/etc/redis/redis.conf" ] ||
        sed -i '\|^include /etc/redis/pycam.conf$|d' "$root/etc/redis/redis.conf"
    rm -f "$root/etc/redis/pycam.conf"
    ! running || unless_gone try-restart redis-server.service
fi
! running || systemctl daemon-reload

if [ "${PURGE:-}" = 1 ]; then
    rm -rf "$root/etc/pycam" "$root/var/lib/pycam"
    if [ -z "$root" ] && getent passwd pycam >/dev/null; then
        userdel pycam
    fi
else
    echo "Kept: $root/etc/pycam (settings, tokens) and $root/var/lib/pycam (events, samples). PURGE=1 removes them." >&2
fi
