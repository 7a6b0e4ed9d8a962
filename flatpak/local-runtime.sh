#!/bin/sh
# Makes a Flatpak runtime and SDK from Debian 12's packages, for where no remote that has GNOME's can be reached:
#
#   local-runtime.sh FOLDER
#
# FOLDER/repo is then a repository with app.wherry.LocalPlatform and app.wherry.LocalSdk, branch 12. It is made once.
# Debian 12 is the oldest system that Wherry builds on, so what works in there is what works at our minima.
set -eu

folder=$1
branch=12

if [ -e "$folder/made" ]; then exit 0; fi
if [ "$(id -u)" -ne 0 ]; then
  exec sudo -- "$0" "$folder"
fi

root=$folder/root
rm -rf "$folder"
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
trap 'rm -rf "$root" "$folder/tree"' EXIT

debootstrap --variant=minbase bookworm "$root"

# install PACKAGE...: nothing stays mounted, the mounts are private to this one command.
install ()
{
  # shellcheck disable=SC2016 # for the inner shell
  unshare --mount --pid --fork --propagation private sh -euc '
    root=$1
    shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    cat /etc/resolv.conf >"$root/etc/resolv.conf"
    cat /etc/hosts >"$root/etc/hosts"
    chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -q --no-install-recommends "$@"
  ' sh "$root" "$@"
}

# export NAME: what is installed so far, as a runtime of that name.
export_as ()
{
  tree=$folder/tree
  rm -rf "$tree"
  mkdir -p "$tree/files" "$tree/var"
  cp -a "$root/usr" "$tree/usr"
  rm -rf "$tree/usr/etc"
  cp -a "$root/etc" "$tree/usr/etc"
  for part in doc man info lintian bug; do rm -rf "${tree:?}/usr/share/$part"; done
  # What is only for root, or belongs to one machine.
  for part in shadow shadow- gshadow gshadow- apt machine-id; do rm -rf "${tree:?}/usr/etc/$part"; done
  # Flatpak mounts something there.
  mkdir -p "$tree/usr/lib/locale"
  chmod -R u+rwX,go+rX "$tree/usr"
  find "$tree/usr" -perm /6000 -exec chmod a-s {} +
  cat >"$tree/metadata" <<METADATA
[Runtime]
name=$1
runtime=app.wherry.LocalPlatform/$(flatpak --default-arch)/$branch
sdk=app.wherry.LocalSdk/$(flatpak --default-arch)/$branch
METADATA
  flatpak build-export --disable-sandbox --runtime "$folder/repo" "$tree" $branch
}

install libgtk-4-1 libgtk-4-common libadwaita-1-0 libsecret-1-0 libgcrypt20 libsqlite3-0 libssl3 zlib1g libssh-4 \
  adwaita-icon-theme fonts-cantarell fonts-dejavu-core shared-mime-info librsvg2-common gsettings-desktop-schemas \
  libgl1-mesa-dri libegl-mesa0
export_as app.wherry.LocalPlatform

# libssh only for where the manifest's own can't be downloaded.
install gcc libc6-dev meson ninja-build cmake pkg-config gettext binutils libgtk-4-dev libadwaita-1-dev libsecret-1-dev \
  libgcrypt20-dev libsqlite3-dev libssl-dev zlib1g-dev libssh-dev desktop-file-utils appstream libxml2-utils
export_as app.wherry.LocalSdk

flatpak build-update-repo "$folder/repo"
: >"$folder/made"
