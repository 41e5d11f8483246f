#!/bin/sh
# Install the Debian packages a task needs, only those missing: `system-packages.sh PACKAGE...`.
# Needs root or sudo. Exit 1 when they cannot be had; the caller decides what that means.
set -eu
missing=""
for package in "$@"; do
    status=$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
as_root=""
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "missing Debian packages:$missing; run as root or install sudo" >&2; exit 1; }
    as_root=sudo
fi
echo "installing Debian packages:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086  # a list of words is meant
install() { $as_root apt-get install -y -q --no-install-recommends $missing </dev/null; }
{ install || { $as_root apt-get update -q </dev/null && install; }; } >&2
