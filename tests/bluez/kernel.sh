#!/usr/bin/env bash
# Prints the path of the kernel that the system test boots: user-mode-linux with Bluetooth and /dev/vhci, built from
# Debian's linux-source by kernel.config.
#
# It is kept in ${XDG_CACHE_HOME:-~/.cache}/veilleuse/uml, outside every checkout, and built once for each recipe
# (kernel.config, and the functions `build` and `mend` of this file) and version of the source. It appears under its name
# only when it is whole, so two builds at once do no harm. Needs apt's lists and the compilers of .ci/tools.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/bluez/common.sh
. "$here/common.sh"

need_tools() {
  local tool absent=()
  for tool in gcc make flex bison bc xz strip dpkg; do command -v "$tool" >/dev/null || absent+=("$tool"); done
  [ -e /usr/include/stdlib.h ] || absent+=(libc6-dev)
  [ ${#absent[@]} = 0 ] || fail "the kernel cannot be built without ${absent[*]}; as root: bash .ci/tools"
}

# Whether a function of a C file has a text.
says() { sed -n "/^static void $2(/,/^}/p" "$1" | grep -q "$3"; }

# Linux 6.1.192 deletes the HCI channel of a link when the last holder of its L2CAP side lets go. A socket that is closed
# late, as bluetoothd's are, holds it longer than the link lives, and the link takes its channels along: the channel is
# deleted twice, which is a panic. Here it is deleted with the link again, as 6.1.190 does it.
mend() {
  local file=$1/net/bluetooth/l2cap_core.c
  says "$file" l2cap_conn_free 'hci_chan_del(' || return 0
  sed -i \
    -e '/^static void l2cap_conn_free(/,/^}/{/hci_chan_del(conn->hchan);/d}' \
    -e '/^static void l2cap_conn_del(/,/^}/s/^\thcon->l2cap_data = NULL;$/\thci_chan_del(conn->hchan);\n\tconn->hchan = NULL;\n&/' \
    "$file"
  if says "$file" l2cap_conn_free 'hci_chan_del(' || ! says "$file" l2cap_conn_del 'hci_chan_del(conn->hchan);'; then
    fail "net/bluetooth/l2cap_core.c deletes a link's channel twice, and is not written as this script knows it"
  fi
  say "net/bluetooth/l2cap_core.c is mended: a link's channel is deleted with the link"
}

# Builds an unpacked source in the current folder.
build() {
  mend .
  make -s ARCH=um defconfig
  ./scripts/kconfig/merge_config.sh -m .config "$here/kernel.config"
  make -s ARCH=um olddefconfig
  grep -q '^CONFIG_BT_HCIVHCI=y' .config || fail "this source has no CONFIG_BT_HCIVHCI"
  nice -n 5 make -s ARCH=um -j"$(nproc)" linux
  strip -o ../linux linux
}

recipe=$({ cat "$here/kernel.config"; declare -f mend build; } | sha256sum | cut -c1-16)

# Unpacks the package in the current folder; drivers that user-mode-linux cannot have are most of the source.
unpack() {
  dpkg -x "$1"_*.deb package
  tar xf "package/usr/src/$1.tar.xz" \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/sound/*.[ch]'
  rm -rf package ./*.deb
}

# A kernel says itself what it is; the name of a folder or of a package is no proof.
check() {
  local wanted=${2%%-*} is
  is=$("$1" --version) || fail "the kernel that was built does not run"
  [ "$is" = "$wanted" ] || fail "the kernel that was built from $2 says that it is $is"
}

# Builds what apt gives of a package, and prints the kernel's path.
provide() {
  local package=$1 work version target
  need_tools
  work=$(mktemp -d "$cache/uml/build.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  cd "$work"
  fetch "$package"
  version=$(dpkg-deb -f "$package"_*.deb Version)
  say "building the system test's kernel from $package $version: once, 3 to 15 minutes"
  # A command of its own: within a condition the shell would go on after an error.
  set +e
  (set -e; unpack "$package"; cd "$package"; build; check ../linux "$version") >"$cache/uml/build.log" 2>&1
  local status=$?
  set -e
  if [ $status != 0 ]; then
    tail -n 20 "$cache/uml/build.log" >&2
    fail "the kernel was not built; all that was said: $cache/uml/build.log"
  fi
  target=$cache/uml/$recipe-$version
  mkdir -p "$target"
  mv linux "$target/linux"
  echo "$target/linux"
}

# Debian's name of the current source, such as linux-source-6.1.
source_package() { apt-cache depends linux-source 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }'; }

mkdir -p "$cache/uml"
package=$(source_package)
# Without apt's word any kernel of this recipe serves.
made=$([ -n "$package" ] || newest "$cache/uml/$recipe"-*/)
if [ -z "$package$made" ]; then
  refresh_lists
  package=$(source_package)
  [ -n "$package" ] || fail "apt knows no package linux-source"
fi
made=${made:-$cache/uml/$recipe-$(candidate "$package")}
made=${made%/}
if [ -x "$made/linux" ]; then
  echo "$made/linux"
else
  provide "$package"
fi
