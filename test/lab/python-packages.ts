/**
 * Scripts of bash for a private machine whose pip knows only the wheels in /srv/wheels: `package NAME VERSION [METADATA-LINE]`
 * makes one.
 */
export const PYTHON_PACKAGES = `
package() {
  local name=\${1//-/_} at=/tmp/build/$1-$2
  local info=$name-$2.dist-info
  mkdir -p "$at/$name" "$at/$info" /srv/wheels
  printf 'version = "%s"\\n' "$2" >"$at/$name/__init__.py"
  printf 'Metadata-Version: 2.1\\nName: %s\\nVersion: %s\\n' "$1" "$2" >"$at/$info/METADATA"
  printf 'Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n' >"$at/$info/WHEEL"
  printf '%s,,\\n' "$name/__init__.py" "$info/METADATA" "$info/WHEEL" "$info/RECORD" >"$at/$info/RECORD"
  local wheel=/srv/wheels/$name-$2-py3-none-any.whl
  shift 2
  for line; do printf '%s\\n' "$line" >>"$at/$info/METADATA"; done
  (cd "$at" && /usr/bin/python3 -m zipfile -c "$wheel" ./*)
}
`;

/** Farm-B needs farm-a. */
export const A_PYTHON = `${PYTHON_PACKAGES}
printf '%s\\n' '[global]' 'no-index = true' 'find-links = /srv/wheels' >/etc/pip.conf
rm -rf /root/.config/pip /root/.cache/pip /root/.local
package farm-a 1.0
package Farm.B 1.0 'Requires-Dist: farm-a'
`;
