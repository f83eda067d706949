#!/usr/bin/env bash
# Prints the path of the kernel that the system test boots: user-mode-linux with Bluetooth and /dev/vhci, built from
# Debian's linux-source by kernel.config.
#
# It is kept in ${XDG_CACHE_HOME:-~/.cache}/veilleuse/uml, outside every checkout, and built once for each recipe (this
# file and kernel.config) and version of the source. It appears under its name only when it is whole, so two builds at
# once do no harm. Needs apt's lists and the compilers of .ci/tools.
#
# The newest source that apt has is taken, unless it is known to break: 6.1.192 deletes a link's channel after the link
# (net/bluetooth/l2cap_core.c, l2cap_conn_free), so that about one lost link in ten is a kernel panic, in the function that
# closes bluetoothd's socket. Such a source is refused, and the next older one is built.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bluez/common.sh
. "$here/common.sh"
recipe=$(cat "$here/kernel.config" "$here/kernel.sh" | sha256sum | cut -c1-16)

need_tools() {
  local tool absent=()
  for tool in gcc make flex bison bc xz strip dpkg; do command -v "$tool" >/dev/null || absent+=("$tool"); done
  [ -e /usr/include/stdlib.h ] || absent+=(libc6-dev)
  [ ${#absent[@]} = 0 ] || fail "the kernel cannot be built without ${absent[*]}; as root: bash .ci/tools"
}

# Status of a build whose source is refused.
REFUSED=3

# Whether a source deletes a link's channel when the last user of the link goes, by which time it is gone.
deletes_twice() {
  sed -n '/^static void l2cap_conn_free(/,/^}/p' "$1/net/bluetooth/l2cap_core.c" | grep -q 'hci_chan_del('
}

# Builds in the current folder; everything it says goes to the log.
build() {
  local package=$1 version=$2
  fetch "$package=$version"
  dpkg -x "$package"_*.deb package
  # Drivers that user-mode-linux cannot have are most of the source.
  tar xf "package/usr/src/$package.tar.xz" \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/sound/*.[ch]'
  rm -rf package ./*.deb
  ! deletes_twice "$package" || return $REFUSED
  cd "$package"
  make -s ARCH=um defconfig
  ./scripts/kconfig/merge_config.sh -m .config "$here/kernel.config"
  make -s ARCH=um olddefconfig
  grep -q '^CONFIG_BT_HCIVHCI=y' .config || fail "this source has no CONFIG_BT_HCIVHCI"
  nice -n 19 make -s ARCH=um -j"$(nproc)" linux
  strip -o ../linux linux
}

# Builds a version into its folder; returns 3 when that version is refused.
provide() {
  local package=$1 version=$2 target=$3 work status
  need_tools
  work=$(mktemp -d "$cache/uml/build.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  say "building the system test's kernel from $package $version: once, 3 to 15 minutes"
  # A command of its own: within a condition the shell would go on after an error.
  set +e
  (set -e; cd "$work"; build "$package" "$version") >"$cache/uml/build.log" 2>&1
  status=$?
  set -e
  if [ $status = 0 ]; then
    mkdir -p "$target"
    mv "$work/linux" "$target/linux"
  elif [ $status != $REFUSED ]; then
    tail -n 20 "$cache/uml/build.log" >&2
    fail "the kernel was not built; all that was said: $cache/uml/build.log"
  fi
  rm -rf "$work"
  return $status
}

# Debian's name of the current source, such as linux-source-6.1.
source_package() { apt-cache depends linux-source 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }'; }

# Versions that apt has, newest first.
versions() { [ -z "$1" ] || apt-cache madison "$1" 2>/dev/null | awk '{ print $3 }' | uniq; }

mkdir -p "$cache/uml/refused"
package=$(source_package)
known=$(versions "$package")
# Without apt's word any kernel of this recipe serves.
made=$([ -n "$known" ] || newest "$cache/uml/$recipe"-*/)
if [ -z "$known$made" ]; then
  refresh_lists
  package=$(source_package)
  known=$(versions "$package")
  [ -n "$known" ] || fail "apt knows no package linux-source"
fi
if [ -n "$made" ]; then
  echo "${made%/}/linux"
  exit 0
fi
for version in $known; do
  [ ! -e "$cache/uml/refused/$version" ] || continue
  target=$cache/uml/$recipe-$version
  status=0
  [ -x "$target/linux" ] || provide "$package" "$version" "$target" || status=$?
  if [ $status = 0 ]; then
    echo "$target/linux"
    exit 0
  fi
  say "$package $version is refused: its Bluetooth deletes a channel twice"
  touch "$cache/uml/refused/$version"
done
fail "apt has no version of $package that is not refused"
