#!/bin/sh
# Runs a command in a Debian 13 of its own, made from Debian's packages below the given folder:
#
#   trixie.sh FOLDER SOURCE COMMAND...
#
# COMMAND runs as root in a copy of SOURCE. Nothing stays mounted: the mounts are private to this run.
set -eu

folder=$1
source=$2
shift 2

if [ "$(id -u)" -ne 0 ]; then
  exec sudo -- "$0" "$folder" "$source" "$@"
fi

root=$folder/root
if [ ! -e "$folder/made" ]; then
  rm -rf "$root"
  mkdir -p "$folder"
  debootstrap --variant=minbase --include=ca-certificates,python3-minimal trixie "$root"
  : >"$folder/made"
fi

# What the working tree holds, with its times, so that the next build is a small one.
mkdir -p "$root/wherry"
(cd "$source" && git ls-files -z --cached --others --exclude-standard | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null) \
  | tar -C "$root/wherry" -xf -

# shellcheck disable=SC2016 # for the inner shell
exec unshare --mount --pid --fork --propagation private sh -euc '
  root=$1
  shift
  mount -t proc proc "$root/proc"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount --rbind /dev "$root/dev"
  mount -t tmpfs -o mode=755 tmpfs "$root/run"
  cat /etc/resolv.conf >"$root/etc/resolv.conf"
  cat /etc/hosts >"$root/etc/hosts"
  exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    DEBIAN_FRONTEND=noninteractive CI="${CI-}" sh -euc "cd /wherry && exec \"\$@\"" sh "$@"
' sh "$root" "$@"
