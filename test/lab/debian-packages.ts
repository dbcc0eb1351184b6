/**
 * Scripts of bash for a private machine that is a Debian with a repository of its own in /srv/repo and nothing else
 * installed: `package NAME VERSION [CONTROL-LINE]` builds one, `publish` makes them known to whoever asks.
 */
export const DEBIAN_PACKAGES = `
package() {
  local at=/tmp/build/$1-$2
  mkdir -p "$at/DEBIAN" "$at/etc" "$at/opt" /srv/repo
  printf '%s\\n' "$2" >"$at/opt/$1"
  printf 'setting=1\\n' >"$at/etc/$1.conf"
  printf '/etc/%s.conf\\n' "$1" >"$at/DEBIAN/conffiles"
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: a <a@example>\\nDescription: of a test\\n' "$1" "$2" >"$at/DEBIAN/control"
  shift 2
  for line; do printf '%s\\n' "$line" >>"$at/DEBIAN/control"; done
  dpkg-deb -b "$at" /srv/repo >/dev/null
}
publish() (
  cd /srv/repo
  dpkg-scanpackages -m . 2>/dev/null >Packages
  { printf 'Suite: stable\\nSHA256:\\n'; printf ' %s %s Packages\\n' "$(sha256sum <Packages | cut -d' ' -f1)" "$(stat -c %s Packages)"; } >Release
)
`;

/** Two versions of farm-a; farm-b needs it; farm-c says it is farm-virtual too. */
export const A_DEBIAN = `${DEBIAN_PACKAGES}
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/preferences.d/* /var/lib/apt/lists/*
rm -rf /var/lib/apt/periodic /var/lib/apt/extended_states /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
: >/var/lib/dpkg/status
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list
package farm-a 1.0
package farm-b 1.0 'Depends: farm-a'
package farm-c 1.0 'Provides: farm-virtual'
publish
`;

/** A newer version is published. */
export const A_NEWER_ONE = `${DEBIAN_PACKAGES}
package farm-a 2.0~rc1
package farm-a 2.0
publish
`;
