import { join } from "node:path";
import { AN_ARCH } from "./arch-packages.js";
import { A_DEBIAN, DEBIAN_PACKAGES } from "./debian-packages.js";
import { REPOSITORIES_OF_GIT } from "./git-repositories.js";
import { NODE_PACKAGES } from "./node-packages.js";
import { startPrivateMachine } from "./private-machine.js";
import { A_PYTHON } from "./python-packages.js";
import { AN_RPM_MACHINE } from "./rpm-packages.js";
import { A_RUBY } from "./ruby-packages.js";

/** Its dpkg goes on, and holds its lock, until there is /run/farm-go. */
const A_SLOW_ONE = `${DEBIAN_PACKAGES}
mkdir -p /tmp/build/farm-slow-1/DEBIAN
cat >/tmp/build/farm-slow-1/DEBIAN/preinst <<'END'
#!/bin/sh
: >/run/farm-slow
until [ -e /run/farm-go ]; do sleep 0.2; done
rm /run/farm-go /run/farm-slow
END
chmod 755 /tmp/build/farm-slow-1/DEBIAN/preinst
package farm-slow 1; publish`;

/** Each a script, and where it leaves what it made. */
const PARTS = [
  [A_DEBIAN, "/srv/repo", "debian"],
  [AN_ARCH, "/srv/repo", "arch"],
  [AN_RPM_MACHINE, "/srv/repo", "rpm"],
  [A_PYTHON, "/srv/wheels", "wheels"],
  [A_RUBY, "/srv/gems", "gems"],
  [REPOSITORIES_OF_GIT, "/srv/git", "git"],
] as const;

/**
 * Packs tiny packages of each manager, and repositories of git, into `repositories.tar.gz` of a directory of the test's own: `debian`,
 * `arch`, `rpm`, `wheels`, `gems` and `git` are its top. Packages of Node.js are beside it.
 */
export async function makeRepositories(scratch: string): Promise<string> {
  const machine = await startPrivateMachine(scratch);
  try {
    machine.run("mkdir -p /srv/all; rm -rf /srv/repo /srv/wheels /srv/gems /srv/git");
    for (const [script, from, name] of PARTS) {
      machine.run(script);
      if (name === "debian") machine.run(A_SLOW_ONE);
      machine.run('mv "$1" "/srv/all/$2"; rm -rf /tmp/build', from, name);
    }
    machine.run(NODE_PACKAGES, scratch);
    machine.run('tar -czf "$1/repositories.tar.gz" -C /srv/all .', scratch);
  } finally {
    await machine.close();
  }
  return join(scratch, "repositories.tar.gz");
}
