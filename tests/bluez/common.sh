# Shared by kernel.sh and bluez.sh: where things are kept, and how apt is asked. Sourced, not run.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/veilleuse

say() { echo "veilleuse: $*" >&2; }
fail() {
  say "test-bluez cannot run: $*"
  exit 1
}

# Version of a package that apt would fetch; empty when it knows none.
candidate() { apt-cache policy "$1" 2>/dev/null | awk '$1 == "Candidate:" && $2 != "(none)" { print $2 }'; }

# Newest of the folders that exist; empty when none does.
newest() { ls -dt "$@" 2>/dev/null | head -n 1 || true; }

refresh_lists() {
  [ "$(id -u)" = 0 ] || fail "apt has no usable package lists; as root: apt-get update"
  say "fetching apt's package lists"
  apt-get update -qq || fail "apt-get update failed"
}

# Fetches one package into the current folder.
fetch() {
  local -a options=(-qq)
  # apt's own user may not write below a home folder.
  [ "$(id -u)" != 0 ] || options+=(-o APT::Sandbox::User=root)
  apt-get "${options[@]}" download "$1" 2>/dev/null && return
  # A security update may have replaced what the lists name.
  refresh_lists
  apt-get "${options[@]}" download "$1" || fail "apt cannot fetch $1"
}

command -v apt-get >/dev/null || fail "this is no Debian: apt is needed for linux-source and bluez"
