#!/usr/bin/env bash
# Prints the path of the kernel that the system test boots: user-mode-linux with Bluetooth and /dev/vhci, built from
# Debian's linux-source by kernel.config.
#
# It is kept in ${XDG_CACHE_HOME:-~/.cache}/veilleuse/uml, outside every checkout, and built once for each recipe (this
# file and kernel.config) and version of the source. It appears under its name only when it is whole, so two builds at
# once do no harm. Needs apt's lists and the compilers of .ci/tools.
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

# Builds in the current folder; everything it says goes to the log.
build() {
  local package=$1
  fetch "$package"
  dpkg -x "$package"_*.deb package
  # Drivers that user-mode-linux cannot have are most of the source.
  tar xf "package/usr/src/$package.tar.xz" \
    --exclude='*/drivers/gpu/*.[ch]' --exclude='*/drivers/net/ethernet/*.[ch]' --exclude='*/sound/*.[ch]'
  rm -rf package ./*.deb
  cd "$package"
  make -s ARCH=um defconfig
  ./scripts/kconfig/merge_config.sh -m .config "$here/kernel.config"
  make -s ARCH=um olddefconfig
  grep -q '^CONFIG_BT_HCIVHCI=y' .config || fail "this source has no CONFIG_BT_HCIVHCI"
  nice -n 19 make -s ARCH=um -j"$(nproc)" linux
  strip -o ../linux linux
}

provide() {
  local package=$1 target=$2 work
  need_tools
  work=$(mktemp -d "$cache/uml/build.XXXXXX")
  # shellcheck disable=SC2064
  trap "rm -rf '$work'" EXIT
  say "building the system test's kernel from $package: once, 3 to 15 minutes"
  # A command of its own: within a condition the shell would go on after an error.
  set +e
  (set -e; cd "$work"; build "$package") >"$cache/uml/build.log" 2>&1
  local status=$?
  set -e
  if [ $status != 0 ]; then
    tail -n 20 "$cache/uml/build.log" >&2
    fail "the kernel was not built; all that was said: $cache/uml/build.log"
  fi
  mkdir -p "$target"
  mv "$work/linux" "$target/linux"
}

# Debian's name of the current source, such as linux-source-6.1.
source_package() { apt-cache depends linux-source 2>/dev/null | awk '$1 == "Depends:" { print $2; exit }'; }

mkdir -p "$cache/uml"
package=$(source_package)
version=$([ -z "$package" ] || candidate "$package")
# Without apt's word any kernel of this recipe serves.
target=$([ -n "$version" ] || newest "$cache/uml/$recipe"-*/)
if [ -z "$version$target" ]; then
  refresh_lists
  package=$(source_package)
  version=$([ -z "$package" ] || candidate "$package")
  [ -n "$version" ] || fail "apt knows no package linux-source"
fi
target=${target:-$cache/uml/$recipe-$version}
[ -x "$target/linux" ] || provide "$package" "$target"
echo "$target/linux"
