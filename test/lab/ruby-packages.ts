/** Scripts of bash: `package NAME VERSION [SPEC-LINE]` builds a gem, `publish` makes a repository in /srv/gems of them. */
export const RUBY_PACKAGES = `
package() {
  mkdir -p /tmp/build /srv/gems/gems; cd /tmp/build; : >"$1.rb"
  printf 'Gem::Specification.new do |s| s.name = "%s"; s.version = "%s"; s.summary = "x"; s.authors = ["a"]; s.files = ["%s.rb"]; %s; end' \\
    "$1" "$2" "$1" "\${3:-}" >"$1.gemspec"
  gem build -q -o "/srv/gems/gems/$1-$2.gem" "$1.gemspec" 2>/dev/null >&2
}
publish() { gem generate_index -q -d /srv/gems >/dev/null 2>&1; }
`;

/** farm-b needs farm-a. */
export const A_RUBY = `${RUBY_PACKAGES}
package farm-a 1.0; package farm-b 1.0 's.add_dependency "farm-a"'; publish
printf -- '---\\n:sources:\\n- file:///srv/gems/\\n' >/etc/gemrc`;
