/**
 * Scripts of bash for a private machine of rpm with a repository of its own in /srv/repo, known to dnf and zypper, and
 * nothing installed: `package NAME VERSION [SPEC-LINE]` builds one, `publish` makes them known to whoever asks.
 */
export const RPM_PACKAGES = `
package() {
  local name=$1 version=$2
  mkdir -p /tmp/build /srv/repo
  shift 2
  {
    printf '%s\\n' "Name: $name" "Version: $version" 'Release: 1' 'Summary: x' 'License: x' 'BuildArch: noarch' "$@"
    printf '%s\\n' '%description' x %install 'mkdir -p %{buildroot}/opt' "echo $version >%{buildroot}/opt/$name" %files "/opt/$name"
  } >/tmp/build/$name.spec
  rpmbuild -bb --quiet --define '_topdir /tmp/build' --define '_rpmdir /srv/repo' \\
    --define '_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.noarch.rpm' /tmp/build/$name.spec 2>&1
}
publish() { createrepo_c -q /srv/repo; }
`;

/** farm-b needs farm-a; farm-c is farm-virtual too. */
export const AN_RPM_MACHINE = `${RPM_PACKAGES}
mkdir -p /etc/rpm; echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
rm -rf "$(rpm -E '%{_dbpath}')" /var/lib/dnf /var/cache/dnf /var/cache/zypp /etc/yum.repos.d /etc/zypp/repos.d
rpm --initdb 2>/dev/null || true
mkdir -p /etc/yum.repos.d /etc/zypp/repos.d
printf '%s\\n' '[farm]' name=farm baseurl=file:///srv/repo gpgcheck=0 enabled=1 metadata_expire=1d >/etc/yum.repos.d/farm.repo
cp /etc/yum.repos.d/farm.repo /etc/zypp/repos.d/farm.repo
package farm-a 1.0
package farm-b 1.0 'Requires: farm-a'
package farm-c 1.0 'Provides: farm-virtual'
publish
# libzypp minds an empty database.
package farm-base 1 && rpm -i --quiet --justdb /srv/repo/farm-base-* 2>/dev/null
rm /srv/repo/farm-base-*
`;
