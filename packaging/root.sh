# Read by scripts that work in a bare system of Debian, in build/roots: `root` is its folder, `script` who speaks.

# What such a system needs of this one, or the end with one line.
require_root_tools() {
  local need
  for need in debootstrap chroot git; do
    command -v "$need" >/dev/null || { echo "$script: there is no $need (on Debian: apt install $need)" >&2; exit 1; }
  done
  [ "$(id -u)" = 0 ] || { echo "$script: only root may make a system of its own: run it with sudo" >&2; exit 1; }
}

# Runs a command in the root.
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 "$@"; }

# Makes the root of a release, or uses again what is there.
make_root() {
  local release=$1
  if [ ! -e "$root/etc/apt/apt.conf.d/99glance" ]; then
    debootstrap --variant=minbase --include=ca-certificates "$release" "$root"
    # A release that moves is not made anew each week wherever it is kept.
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99glance"
  fi
  mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"
  mkdir -p "$root/dev/pts"
  mountpoint -q "$root/dev/pts" || mount -t devpts devpts "$root/dev/pts"
  inside apt-get update -qq
}

# Puts the last commit into the root's /glance, where build/ stays as it was.
put_commit() {
  mkdir -p "$root/glance"
  find "$root/glance" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  git archive HEAD | tar -x -C "$root/glance"
}

# Leaves nothing mounted in the roots of these names.
take_down() {
  local name folder
  for name in "$@"; do
    for folder in proc dev/pts; do
      if mountpoint -q "build/roots/$name/$folder"; then umount "build/roots/$name/$folder"; fi
    done
  done
}
