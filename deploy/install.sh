#!/bin/sh
# Install pycam on this machine, or upgrade it; run it again after every change of the settings.
#
#     sudo make install
#
#     /opt/pycam               the programs: renewed each time
#     /usr/local/bin/pycam     its tools, such as `sudo pycam check`: likewise
#     /etc/pycam/config.yml    your settings: made once, never touched again
#     /etc/pycam/private.yml   your tokens, for root alone: likewise
#     /var/lib/pycam           events, samples, the outbox: never touched
#
# For Debian 12 and 13 and Raspberry Pi OS of the same. Variables:
#
#     DESTDIR=/somewhere       put everything below that folder; no user is made, nothing is started
#     PYCAM_VENV=keep          do not make or renew the virtual environment (then PYTHON reads the settings)
#     PYCAM_REDIS=keep         leave the settings of Redis alone
#     PYTHON=/usr/bin/python3  the interpreter of the virtual environment
set -eu
cd "$(dirname "$0")/.."
root=${DESTDIR:-}
python=${PYTHON:-/usr/bin/python3}
program=$root/opt/pycam
settings=$root/etc/pycam
units=$root/etc/systemd/system

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

main() {
    [ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "make install needs root: sudo make install"
    umask 022
    system_packages
    user
    programs
    virtual_environment
    tools
    settings_of_this_machine
    systemd_units
    redis_settings
    enable_parts
    start_all
}

# Only what is missing, and only here: below DESTDIR nothing of the machine is changed.
system_packages() {
    [ -z "$root" ] || return 0
    missing=
    command -v redis-server >/dev/null || missing="$missing redis-server"
    "$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    if [ -n "$missing" ]; then
        command -v apt-get >/dev/null || fail "please install:$missing"
        apt-get update -q
        # shellcheck disable=SC2086 # several words are meant
        DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing
    fi
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "pycam needs Python 3.11 or newer, and $python is $("$python" --version)"
    # Services see no home folder.
    case $(readlink -f "$(command -v "$python")") in /home/* | /root/*)
        fail "$python lies in somebody's home, where services cannot reach it; take PYTHON=/usr/bin/python3" ;;
    esac
}

user() {
    [ -z "$root" ] || return 0
    getent passwd pycam >/dev/null ||
        useradd --system --user-group --no-create-home --home-dir /var/lib/pycam --shell /usr/sbin/nologin pycam
    # As StateDirectory= makes it; here already for the tools, which may be the first.
    install -d -m 700 -o pycam -g pycam /var/lib/pycam
}

# A copy, so that what runs does not change under an editor; made beside the old one and put in its place whole.
programs() {
    new=$program/tree.new
    rm -rf "$new"
    mkdir -p "$new"
    tar -c --exclude=__pycache__ --exclude=private.yml \
        app deploy gunicorn.conf pyproject.toml constraints.txt README.md LICENSE | tar -x -C "$new" --no-same-owner
    # Models that were fetched into the old copy.
    for model in "$program"/tree/app/model-files/*; do
        name=$(basename "$model")
        [ ! -e "$model" ] || [ -e "$new/app/model-files/$name" ] || cp -p "$model" "$new/app/model-files/"
    done
    chmod -R u+w,go-w,a+rX "$new"
    rm -rf "$program/tree.old"
    [ ! -e "$program/tree" ] || mv "$program/tree" "$program/tree.old"
    mv "$new" "$program/tree"
    rm -rf "$program/tree.old"
}

virtual_environment() {
    if [ "${PYCAM_VENV:-}" = keep ]; then
        return 0
    fi
    venv=$program/venv
    set --
    wanted=false
    # apt's picamera2 and the OpenCV and numpy it was built with cannot be had from pip.
    if numpy=$("$python" -c 'import picamera2, cv2, numpy; print(numpy.__version__)' 2>/dev/null); then
        say "With this system's picamera2, OpenCV and numpy $numpy"
        set -- --system-numpy "$numpy"
        wanted=true
    fi
    if ! "$venv/bin/python" -c 'import pip' 2>/dev/null ||
        ! grep -q "^include-system-site-packages = $wanted" "$venv/pyvenv.cfg"; then
        if [ $wanted = true ]; then
            "$python" -m venv --clear --system-site-packages "$venv"
        else
            "$python" -m venv --clear "$venv"
        fi
    fi
    say "Setting up $venv (the first time takes some minutes on a Pi)"
    lists=$(mktemp -d)
    "$venv/bin/python" "$program/tree/deploy/requirements.py" "$@" "$lists"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade \
        --requirement "$lists/requirements.txt" --constraint "$lists/constraints.txt"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable "$program/tree"
    rm -r "$lists"
    "$venv/bin/python" -m compileall -q "$program/tree/app"
}

tools() {
    mkdir -p "$root/usr/local/bin"
    install -m 755 deploy/pycam.sh "$root/usr/local/bin/pycam"
}

settings_of_this_machine() {
    mkdir -p "$settings"
    chmod 755 "$settings"
    [ -e "$settings/config.yml" ] || cp deploy/templates/config.yml "$settings/config.yml"
    # An address of a camera may hold a password.
    chmod 640 "$settings/config.yml"
    [ -n "$root" ] || chgrp pycam "$settings/config.yml"
    for secret in private.yml aws-credentials; do
        [ -e "$settings/$secret" ] || (umask 077 && cp "deploy/templates/$secret" "$settings/$secret")
        chmod 600 "$settings/$secret"
    done
    if [ ! -e "$settings/glances.pwd" ]; then
        say "Glances (http://127.0.0.1:61208) asks for the user glances and this password, shown only now:"
        say "    $("$(interpreter)" deploy/glances/password.py "$settings/glances.pwd")"
    fi
}

systemd_units() {
    mkdir -p "$units/pycam-.service.d"
    install -m 644 deploy/systemd/pycam.target deploy/systemd/pycam-*.service "$units/"
    install -m 644 deploy/systemd/pycam-.service.d/*.conf "$units/pycam-.service.d/"
    mkdir -p "$units/systemd-time-wait-sync.service.d"
    install -m 644 deploy/systemd/wait-for-clock.conf "$units/systemd-time-wait-sync.service.d/pycam.conf"
    version=$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \([0-9]*\).*/\1/p')
    if [ "${version:-0}" -ge 254 ]; then
        install -m 644 deploy/systemd/restart-steps.conf "$units/pycam-.service.d/20-restart-steps.conf"
    fi
    # A group that does not exist would keep the unit from starting.
    if [ -z "$root" ] && getent group i2c >/dev/null; then
        mkdir -p "$units/pycam-camera@.service.d"
        printf '[Service]\nSupplementaryGroups=i2c\n' >"$units/pycam-camera@.service.d/i2c.conf"
    fi
    if [ -z "$root" ] && grep -qs 'Raspberry Pi' /proc/device-tree/model; then
        mkdir -p /etc/systemd/system.conf.d
        install -m 644 deploy/systemd/hardware-watchdog.conf /etc/systemd/system.conf.d/pycam-watchdog.conf
    fi
}

redis_settings() {
    [ "${PYCAM_REDIS:-}" != keep ] || return 0
    main_file=$root/etc/redis/redis.conf
    if [ ! -e "$main_file" ]; then
        say "No /etc/redis/redis.conf here: Redis is left as it is (see deploy/redis/pycam.conf)"
        return 0
    fi
    if ! cmp -s deploy/redis/pycam.conf "$root/etc/redis/pycam.conf" ||
        ! grep -qx 'include /etc/redis/pycam.conf' "$main_file"; then
        install -m 644 deploy/redis/pycam.conf "$root/etc/redis/pycam.conf"
        grep -qx 'include /etc/redis/pycam.conf' "$main_file" ||
            printf 'include /etc/redis/pycam.conf\n' >>"$main_file"
        ! running || systemctl try-restart redis-server.service
    fi
}

interpreter() {
    if [ -x "$program/venv/bin/python" ]; then echo "$program/venv/bin/python"; else command -v "$python"; fi
}

running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# The parts the settings call for are enabled, the others are not.
enable_parts() {
    list=$(PYCAM_CONFIG="$settings/config.yml" CREDENTIALS_DIRECTORY="$settings" \
        "$(interpreter)" -B "$program/tree/deploy/units.py") || {
        say "The settings cannot be used; what ran before goes on as it was. Mend them and run this again."
        exit 78
    }
    glances_settings
    command -v systemctl >/dev/null || { say "No systemctl here: nothing is enabled"; return 0; }
    if [ -x "$program/venv/bin/glances" ]; then
        list="$list
pycam-glances.service"
    fi
    for link in "$units"/pycam.target.wants/pycam-*.service; do
        name=$(basename "$link")
        if [ -L "$link" ] && ! printf '%s\n' "$list" | grep -Fqx "$name"; then
            say "Not wanted any more: $name"
            ! running || systemctl stop "$name"
            control disable "$name"
        fi
    done
    for name in pycam.target $list; do
        control enable "$name"
    done
    say "Enabled: $(printf '%s' "$list" | tr '\n' ' ')"
    case $list in *pycam-dashboard*)
        [ -e "$root/var/lib/pycam/dashboard/password" ] ||
            say "Its own page, port 8090, opens once it has a password: sudo pycam password" ;;
    esac
    case $list in *pycam-web* | *pycam-socket*) ;; *)
        say "Nobody can talk to it yet: put the tokens into /etc/pycam/private.yml and run this again (setup.md)" ;;
    esac
}

# Glances looks for the processes of the list and for Redis: any other would be critical for ever. Their sections are
# left out: with enable=false alone, Glances 4.5 goes on giving a count of 0 and the countmin over its REST API.
glances_settings() {
    parts=" redis $(printf '%s\n' "$list" | sed 's/^pycam-\([a-z]*\).*/\1/' | tr '\n' ' ')"
    awk -v parts="$parts" '
        /^\[/ { off = /^\[amp_/ && !index(parts, " " substr($0, 6, length($0) - 6) " ") }
        !off
    ' deploy/glances/glances.conf >"$settings/glances.conf.new"
    mv "$settings/glances.conf.new" "$settings/glances.conf"
}

control() { systemctl ${root:+--root="$root"} --quiet "$@"; }

start_all() {
    running || return 0
    systemctl daemon-reload
    systemctl restart pycam.target
    say "Running. systemctl status 'pycam*' shows how it is, journalctl -u 'pycam*' what it says."
}

main
