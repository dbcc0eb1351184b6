/**
 * Scripts of bash for a private machine that is an Alpine with a signed repository of its own in /srv/repo and nothing installed:
 * `package NAME VERSION [PKGINFO-LINE]` builds one and makes it known to whoever asks.
 */
export const APK_PACKAGES = `
# A tar without its end: what follows is read on.
cut_tar() { tar -b 1 --format=ustar --owner=0 --group=0 -c "$@" | head -c -1024; }
package() {
  local at=/tmp/build/$1-$2 into=/srv/repo/x86_64
  mkdir -p "$at/opt" "$into"
  printf '%s\\n' "$2" >"$at/opt/$1"
  # apk 3 wants each file's checksum, and of the directory none.
  (cd "$at" && cut_tar --no-recursion opt && tar --format=pax --owner=0 --group=0 -c "opt/$1" \\
    --pax-option="APK-TOOLS.checksum.SHA1:=$(sha1sum "opt/$1" | cut -d' ' -f1)") | gzip -n >"$at/data.tar.gz"
  printf '%s\\n' "pkgname = $1" "pkgver = $2" 'pkgdesc = of a test' 'url = none' 'builddate = 1' 'size = 1' 'arch = noarch' \\
    "origin = $1" 'license = MIT' "datahash = $(sha256sum "$at/data.tar.gz" | cut -d' ' -f1)" >"$at/.PKGINFO"
  local file=$into/$1-$2.apk
  shift 2
  for line; do printf '%s\\n' "$line" >>"$at/.PKGINFO"; done
  (cd "$at" && cut_tar .PKGINFO | gzip -n | cat - data.tar.gz >"$file")
  index
}
index() {
  cd /srv/repo/x86_64
  apk index --allow-untrusted --rewrite-arch x86_64 -o index.tar.gz ./*.apk >/dev/null 2>&1
  openssl dgst -sha1 -sign /srv/key -out .SIGN.RSA.farm.rsa.pub index.tar.gz
  cut_tar .SIGN.RSA.farm.rsa.pub | gzip -n | cat - index.tar.gz >APKINDEX.tar.gz
  rm index.tar.gz .SIGN.RSA.farm.rsa.pub
  cd /root
}
`;

/** farm-b needs farm-a; farm-c is farm-virtual too. The second argument is the path of an apk. */
export const AN_ALPINE = `${APK_PACKAGES}
cp "$2" /usr/sbin/apk
mkdir -p /etc/apk/keys /var/cache/apk /srv
openssl genrsa -out /srv/key 2048 2>/dev/null
openssl rsa -in /srv/key -pubout -out /etc/apk/keys/farm.rsa.pub 2>/dev/null
echo x86_64 >/etc/apk/arch
apk add --initdb --no-network 2>&1
echo /srv/repo >/etc/apk/repositories
package farm-a 1.0-r0
package farm-b 1.0-r0 'depend = farm-a'
package farm-c 1.0-r0 'provides = farm-virtual=1'
package farm-e 1.0-r0
`;
