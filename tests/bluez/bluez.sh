#!/usr/bin/env bash
# Prints the folder into which Debian's bluez is unpacked. It is not installed: no service starts, nothing of the
# machine changes. Kept in ${XDG_CACHE_HOME:-~/.cache}/veilleuse/bluez, one folder for each version.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bluez/common.sh
. "$here/common.sh"
LIBRARIES="libasound2 libdbus-1-3 libglib2.0-0 libudev1"

unpack() {
  local target=$1 work
  work=$(mktemp -d "$cache/bluez/fetch.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  say "fetching bluez"
  (cd "$work" && fetch bluez && dpkg -x bluez_*.deb files) >&2
  # Another run may have been faster.
  mv -T "$work/files" "$target" 2>/dev/null || [ -x "$target/usr/libexec/bluetooth/bluetoothd" ]
}

need_libraries() {
  local absent
  absent=$(ldd "$1" | awk '/not found/ { print $1 }' | tr '\n' ' ')
  [ -n "$absent" ] || return 0
  [ "$(id -u)" = 0 ] || fail "bluetoothd lacks $absent; as root: apt-get install $LIBRARIES"
  say "installing the libraries of bluetoothd: $LIBRARIES"
  # shellcheck disable=SC2086
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $LIBRARIES >/dev/null ||
    fail "bluetoothd lacks $absent"
}

mkdir -p "$cache/bluez"
version=$(candidate bluez)
target=$([ -n "$version" ] || newest "$cache"/bluez/[0-9]*/)
if [ -z "$version$target" ]; then
  refresh_lists
  version=$(candidate bluez)
  [ -n "$version" ] || fail "apt knows no package bluez"
fi
target=${target:-$cache/bluez/$version}
target=${target%/}
[ -x "$target/usr/libexec/bluetooth/bluetoothd" ] || unpack "$target"
need_libraries "$target/usr/libexec/bluetooth/bluetoothd"
echo "$target"
