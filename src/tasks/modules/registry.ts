import type { AnyModule } from "../module/module.js";
import { addHost } from "./add-host.js";
import { apk } from "./apk.js";
import { apt } from "./apt.js";
import { aptKey } from "./apt-key.js";
import { aptRepository } from "./apt-repository.js";
import { archive } from "./archive.js";
import { assemble } from "./assemble.js";
import { assertModule } from "./assert.js";
import { asyncStatus } from "./async-status.js";
import { authorizedKey } from "./authorized-key.js";
import { blockinfile } from "./blockinfile.js";
import { command } from "./command.js";
import { copy } from "./copy.js";
import { cron } from "./cron.js";
import { deb822Repository } from "./deb822-repository.js";
import { debconf } from "./debconf.js";
import { debug } from "./debug.js";
import { dnf } from "./dnf.js";
import { dpkgSelections } from "./dpkg-selections.js";
import { fail } from "./fail.js";
import { fetch } from "./fetch.js";
import { file } from "./file.js";
import { find } from "./find.js";
import { gem } from "./gem.js";
import { getUrl } from "./get-url.js";
import { getent } from "./getent.js";
import { git } from "./git.js";
import { group } from "./group.js";
import { groupBy } from "./group-by.js";
import { hostname } from "./hostname.js";
import { includeVars } from "./include-vars.js";
import { iniFile } from "./ini-file.js";
import { knownHosts } from "./known-hosts.js";
import { lineinfile } from "./lineinfile.js";
import { localeGen } from "./locale-gen.js";
import { make } from "./make.js";
import { modprobe } from "./modprobe.js";
import { mount } from "./mount.js";
import { npm } from "./npm.js";
import { packageModule } from "./package.js";
import { packageFacts } from "./package-facts.js";
import { pacman } from "./pacman.js";
import { pause } from "./pause.js";
import { ping } from "./ping.js";
import { pip } from "./pip.js";
import { raw } from "./raw.js";
import { reboot } from "./reboot.js";
import { replace } from "./replace.js";
import { script } from "./script.js";
import { service } from "./service.js";
import { serviceFacts } from "./service-facts.js";
import { setFact } from "./set-fact.js";
import { gatherFacts, setup } from "./setup.js";
import { shell } from "./shell.js";
import { slurp } from "./slurp.js";
import { stat } from "./stat.js";
import { synchronize } from "./synchronize.js";
import { sysctl } from "./sysctl.js";
import { systemd, systemdService } from "./systemd.js";
import { tempfile } from "./tempfile.js";
import { template } from "./template.js";
import { timezone } from "./timezone.js";
import { unarchive } from "./unarchive.js";
import { uri } from "./uri.js";
import { user } from "./user.js";
import { validateArgumentSpec } from "./validate-argument-spec.js";
import { waitFor } from "./wait-for.js";
import { waitForConnection } from "./wait-for-connection.js";
import { yum } from "./yum.js";
import { yumRepository } from "./yum-repository.js";
import { zypper } from "./zypper.js";

const MODULES = [
  addHost,
  apk,
  aptKey,
  aptRepository,
  apt,
  archive,
  assemble,
  assertModule,
  asyncStatus,
  authorizedKey,
  blockinfile,
  command,
  copy,
  cron,
  deb822Repository,
  debconf,
  debug,
  dnf,
  dpkgSelections,
  fail,
  fetch,
  file,
  find,
  gatherFacts,
  gem,
  getUrl,
  getent,
  git,
  groupBy,
  group,
  hostname,
  includeVars,
  iniFile,
  knownHosts,
  lineinfile,
  localeGen,
  make,
  modprobe,
  mount,
  npm,
  packageFacts,
  packageModule,
  pacman,
  pause,
  ping,
  pip,
  raw,
  reboot,
  replace,
  script,
  serviceFacts,
  service,
  setFact,
  setup,
  shell,
  slurp,
  stat,
  synchronize,
  sysctl,
  systemd,
  systemdService,
  tempfile,
  template,
  timezone,
  unarchive,
  uri,
  user,
  validateArgumentSpec,
  waitForConnection,
  waitFor,
  yum,
  yumRepository,
  zypper,
];

const byName: ReadonlyMap<string, AnyModule> = new Map(
  (MODULES as readonly unknown[] as readonly AnyModule[])
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((module) => [module.name, module]),
);

/** Collections whose modules go by their short names here. */
const COLLECTION = /^(?:ansible\.(?:builtin|legacy|posix)|community\.(?:general|crypto|libvirt))\./;

/** A module's name without its collection. */
export const shortName = (name: string): string => name.replace(COLLECTION, "");

/** A module by its short or fully qualified name. */
export const findModule = (name: string): AnyModule | undefined => byName.get(shortName(name));

/** By name. */
export const allModules = (): AnyModule[] => [...byName.values()];

/** For "did you mean". */
export const moduleNames = (): string[] => [...byName.keys()];
