import { FILE_FUNCTIONS, HOME_FUNCTION } from "./account-files.js";

/** Arguments: home, skeleton, owner as UID:GID, umask. */
export const MAKE_HOME = `${HOME_FUNCTION}
make_home "$@"`;

/** Values are empty, that is not given, or `=VALUE`. */
export const ADD_USER = `
name=$1 uid=$2 same=$3 group=$4 groups=$5 comment=$6 home=$7 make=$8 shell=$9; shift 9
system=$1 skel=$2 expires=$3 day=$4 mask=$5 own=$6
if [ "$make" ] && [ "$home" ]; then
  parent=\${home#=}
  parent=\${parent%/*}
  [ -z "$parent" ] || [ -d "$parent" ] || mkdir -p -- "$parent" || exit
fi
if command -v useradd >/dev/null 2>&1; then
  set --
  [ -z "$uid" ] || set -- "$@" -u "\${uid#=}"
  [ -z "$same" ] || set -- "$@" -o
  if [ "$group" ]; then set -- "$@" -g "\${group#=}"; elif [ "$own" ]; then set -- "$@" -N; fi
  [ -z "\${groups#=}" ] || set -- "$@" -G "\${groups#=}"
  [ -z "$comment" ] || set -- "$@" -c "\${comment#=}"
  [ -z "$home" ] || set -- "$@" -d "\${home#=}"
  [ -z "$shell" ] || set -- "$@" -s "\${shell#=}"
  [ -z "$expires" ] || set -- "$@" -e "\${expires#=}"
  [ -z "$system" ] || set -- "$@" -r
  if [ "$make" ]; then
    set -- "$@" -m
    [ -z "$skel" ] || set -- "$@" -k "$skel"
    [ -z "$mask" ] || set -- "$@" -K "UMASK=$mask"
  else set -- "$@" -M; fi
  exec useradd "$@" -- "$name"
fi
${HOME_FUNCTION}${FILE_FUNCTIONS}
[ "$system" ] && first=100 || first=1000
number=\${uid#=}
[ "$number" ] || number=$(next /etc/passwd "$first")
if [ -z "$same" ] && taken /etc/passwd "$number"; then echo "uid '$number' is in use" >&2; exit 4; fi
if [ "$group" ]; then gid=$(field /etc/group "\${group#=}" 3)
elif [ "$own" ]; then gid=$(field /etc/group "$name" 3)
else
  gid=$number
  ! taken /etc/group "$gid" || gid=$(next /etc/group "$first")
  add_group "$name" "$gid" || exit
fi
at=\${home#=}
[ "$at" ] || at=/home/$name
sh=\${shell#=}
hash=!
if [ -e /etc/shadow ]; then
  append /etc/shadow "$name:!:$(($(date +%s) / 86400)):0:99999:7::\${day#=}:" || exit
  hash=x
fi
append /etc/passwd "$name:$hash:$number:$gid:\${comment#=}:$at:\${sh:-/bin/sh}" || exit
IFS=,
set -f
for each in \${groups#=}; do each_list join "$each" || exit; done
unset IFS
[ -z "$make" ] || [ -e "$at" ] || make_home "$at" "$skel" "$number:$gid" "$mask"`;

/** Where there is no usermod. Values as for ADD_USER; groups are a line each. */
export const CHANGE_USER = `${FILE_FUNCTIONS}
name=$1 uid=$2 same=$3 gid=$4 comment=$5 home=$6 move=$7 shell=$8 expires=$9; shift 9
min=$1 max=$2 join=$3 leave=$4 lock=$5 warn=$6 inactive=$7
was=$(field /etc/passwd "$name" 3) group=$(field /etc/passwd "$name" 4) old=$(field /etc/passwd "$name" 6)
[ "$was" ] || { echo "$name is not in /etc/passwd" >&2; exit 1; }
if [ "$uid" ]; then
  if [ -z "$same" ] && taken /etc/passwd "\${uid#=}"; then echo "uid '\${uid#=}' is in use" >&2; exit 4; fi
  edit /etc/passwd 3 "\${uid#=}" || exit
  [ ! -d "$old" ] || find "$old" -xdev -user "$was" -exec chown -h "\${uid#=}" {} + || exit
fi
if [ "$gid" ]; then
  edit /etc/passwd 4 "\${gid#=}" || exit
  [ ! -d "$old" ] || find "$old" -xdev -group "$group" -exec chgrp -h "\${gid#=}" {} + || exit
fi
if [ "$comment" ]; then edit /etc/passwd 5 "\${comment#=}" || exit; fi
if [ "$home" ]; then
  edit /etc/passwd 6 "\${home#=}" || exit
  if [ "$move" ] && [ -d "$old" ] && [ ! -e "\${home#=}" ]; then mv -- "$old" "\${home#=}" || exit; fi
fi
if [ "$shell" ]; then edit /etc/passwd 7 "\${shell#=}" || exit; fi
if [ "$expires" ]; then edit /etc/shadow 8 "\${expires#=}" || exit; fi
if [ "$min" ]; then edit /etc/shadow 4 "\${min#=}" || exit; fi
if [ "$max" ]; then edit /etc/shadow 5 "\${max#=}" || exit; fi
if [ "$warn" ]; then edit /etc/shadow 6 "\${warn#=}" || exit; fi
if [ "$inactive" ]; then edit /etc/shadow 7 "\${inactive#=}" || exit; fi
IFS='
'
set -f
for each in $join; do each_list join "$each" || exit; done
for each in $leave; do each_list leave "$each" || exit; done
unset IFS
[ "$lock" ] || exit 0
hash=$(field /etc/shadow "$name" 2)
[ "$hash" ] || hash=$(field /etc/passwd "$name" 2)
case $lock in =yes) set_hash "!$hash" ;; *) while [ "\${hash#!}" != "$hash" ]; do hash=\${hash#!}; done; set_hash "$hash" ;; esac`;

/** Where there is no usermod; the hash comes by stdin. */
export const SET_PASSWORD = `${FILE_FUNCTIONS}
name=$1
IFS= read -r hash && set_hash "$hash" && edit /etc/shadow 3 "$(($(date +%s) / 86400))"`;

/** Arguments: name, whether the home goes too, whether a login does not matter. */
export const REMOVE_USER = `if command -v userdel >/dev/null 2>&1; then exec userdel $2 $3 -- "$1"; fi
${FILE_FUNCTIONS}
name=$1
home=$(field /etc/passwd "$name" 6) gid=$(field /etc/passwd "$name" 4) own=$(field /etc/group "$name" 3)
drop /etc/passwd && drop /etc/shadow && each_list leave "" || exit
if [ "$own" ] && [ "$own" = "$gid" ] && [ -z "$(field /etc/group "$name" 4)" ] && ! awk -F: -v gid="$gid" '$4 == gid { found = 1 } END { exit !found }' /etc/passwd; then
  drop /etc/group && drop /etc/gshadow || exit
fi
case $2$home in -r/?*) rm -rf -- "$home" ;; esac`;

/** Arguments: name, GID, the system's range, the number of another group. */
export const ADD_GROUP = `if command -v groupadd >/dev/null 2>&1; then exec groupadd \${2:+-g "$2"} \${3:+-r} \${4:+-o} -- "$1"; fi
${FILE_FUNCTIONS}
name=$1 gid=$2
[ "$3" ] && first=100 || first=1000
[ "$gid" ] || gid=$(next /etc/group "$first")
if [ -z "$4" ] && taken /etc/group "$gid"; then echo "gid '$gid' is in use" >&2; exit 4; fi
add_group "$name" "$gid"`;

/** Arguments: name, GID, the number of another group. */
export const CHANGE_GROUP = `if command -v groupmod >/dev/null 2>&1; then exec groupmod -g "$2" \${3:+-o} -- "$1"; fi
${FILE_FUNCTIONS}
name=$1
if [ -z "$3" ] && taken /etc/group "$2"; then echo "gid '$2' is in use" >&2; exit 4; fi
was=$(field /etc/group "$name" 3)
edit /etc/group 3 "$2" && lines /etc/passwd "$was" "$2" '$4 == field { $4 = ENVIRON["FARM_VALUE"] } { print }'`;

/** Arguments: name, whether a user's own group goes too. */
export const REMOVE_GROUP = `if command -v groupdel >/dev/null 2>&1; then exec groupdel $2 -- "$1"; fi
${FILE_FUNCTIONS}
name=$1
gid=$(field /etc/group "$name" 3)
user=$(awk -F: -v gid="$gid" '$4 == gid { print $1; exit }' /etc/passwd)
[ "$2" ] || [ -z "$user" ] || { echo "cannot remove the primary group of user '$user'" >&2; exit 8; }
drop /etc/group && drop /etc/gshadow`;

/**
 * Arguments: the key's file, the home that it is in unless it is absolute, type, bits, comment, whether an old one goes, owner as UID:GID. A
 * passphrase comes by stdin.
 */
export const MAKE_KEY = `key=$1 home=$2 type=$3 bits=$4 comment=$5 force=$6 owner=$7
command -v ssh-keygen >/dev/null 2>&1 || { echo "ssh-keygen is not on this machine: install openssh-client" >&2; exit 69; }
case $key in /*) ;; "~/"*) key=$HOME/\${key#"~/"} ;; *) [ -d "$home" ] || { echo "the home directory $home does not exist" >&2; exit 1; }; key=$home/$key ;; esac
[ "$comment" ] || comment="ansible-generated on $(uname -n)"
in=\${key%/*}
if [ ! -d "$in" ]; then mkdir -m 700 -- "$in" && chown "$owner" "$in" || exit; fi
[ -z "$force" ] || rm -f -- "$key" "$key.pub" || exit
IFS= read -r FARM_PASSPHRASE || true
export FARM_PASSPHRASE
set -- -q -t "$type" -C "$comment" -f "$key"
[ "$bits" = 0 ] || set -- "$@" -b "$bits"
if [ "$FARM_PASSPHRASE" ]; then
  work=$(mktemp -d) || exit
  trap 'rm -rf -- "$work"' EXIT
  trap 'exit 143' TERM
  printf '#!/bin/sh\\nprintf "%%s\\\\n" "$FARM_PASSPHRASE"\\n' >"$work/ask" && chmod 700 "$work/ask" || exit
  SSH_ASKPASS=$work/ask SSH_ASKPASS_REQUIRE=force DISPLAY=none ssh-keygen "$@" </dev/null || exit
else ssh-keygen "$@" -N '' </dev/null || exit; fi
chown "$owner" "$key" "$key.pub"`;
