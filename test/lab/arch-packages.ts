/**
 * Scripts of bash for a private machine that is an Arch Linux with a repository of its own in /srv/repo and nothing installed:
 * `package NAME VERSION [PKGINFO-LINE]` builds one and makes it known to whoever asks.
 */
export const ARCH_PACKAGES = `
package() {
  local at=/tmp/build/$1-$2 file=/srv/repo/$1-$2-any.pkg.tar.gz
  mkdir -p "$at/etc" "$at/opt" /srv/repo
  printf '%s\\n' "$2" >"$at/opt/$1"
  printf 'setting=1\\n' >"$at/etc/$1.conf"
  printf '%s\\n' "pkgname = $1" "pkgbase = $1" "pkgver = $2" 'pkgdesc = of a test' 'builddate = 1' 'size = 1' \\
    'arch = any' "backup = etc/$1.conf" >"$at/.PKGINFO"
  shift 2
  for line; do printf '%s\\n' "$line" >>"$at/.PKGINFO"; done
  (cd "$at" && bsdtar -czf "$file" .PKGINFO etc opt)
  repo-add -q /srv/repo/test.db.tar.gz "$file" >/dev/null 2>&1
  # pacman knows what is new by its time, in seconds.
  times=$((\${times:-$(stat -c %Y /srv/repo/times 2>/dev/null || date +%s)} + 10))
  touch -d "@$times" /srv/repo/times /srv/repo/test.db.tar.gz
}
`;

/** farm-b needs farm-a; farm-c is farm-virtual too; farm-b and farm-c are the group farm-group. */
export const AN_ARCH = `${ARCH_PACKAGES}
rm -rf /var/lib/pacman /var/cache/pacman/pkg
mkdir -p /var/lib/pacman /var/cache/pacman/pkg
printf '%s\\n' '[options]' 'Architecture = auto' 'SigLevel = Never' '[test]' 'Server = file:///srv/repo' >/etc/pacman.conf
package farm-a 1.0-1
package farm-b 1.0-1 'depend = farm-a' 'group = farm-group'
package farm-c 1.0-1 'provides = farm-virtual' 'group = farm-group'
`;
