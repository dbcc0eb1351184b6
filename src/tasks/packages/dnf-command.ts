import type { RpmChange } from "./rpm-transaction.js";

interface DnfOptions {
  readonly conf_file?: string | undefined;
  readonly installroot?: string | undefined;
  readonly releasever?: string | undefined;
  readonly disablerepo: readonly string[];
  readonly enablerepo: readonly string[];
  readonly exclude: readonly string[];
  readonly disable_plugin: readonly string[];
  readonly enable_plugin: readonly string[];
  readonly disable_excludes?: string | undefined;
  readonly disable_gpg_check: boolean;
  readonly sslverify: boolean;
  readonly validate_certs: boolean;
  readonly install_weak_deps: boolean;
  readonly allowerasing: boolean;
  readonly nobest: boolean;
  readonly skip_broken: boolean;
  readonly cacheonly: boolean;
  readonly download_only: boolean;
  readonly download_dir?: string | undefined;
}

/** What all of dnf's commands are told. */
export function optionsOf(args: DnfOptions): string[] {
  const either = (flag: boolean, option: string) => (flag ? [option] : []);
  const each = (values: readonly string[], option: string) => values.map((value) => `${option}=${value}`);
  const given = (value: string | undefined, option: string) =>
    value === undefined ? [] : [`${option}=${value}`];
  return [
    ...given(args.conf_file, "--config"),
    ...given(args.installroot, "--installroot"),
    ...given(args.releasever, "--releasever"),
    ...each(args.disablerepo, "--disablerepo"),
    ...each(args.enablerepo, "--enablerepo"),
    ...each(args.exclude, "--exclude"),
    ...each(args.disable_plugin, "--disableplugin"),
    ...each(args.enable_plugin, "--enableplugin"),
    ...given(args.disable_excludes, "--disableexcludes"),
    ...either(args.disable_gpg_check, "--nogpgcheck"),
    ...either(!args.sslverify || !args.validate_certs, "--setopt=sslverify=False"),
    ...either(!args.install_weak_deps, "--setopt=install_weak_deps=False"),
    ...either(args.allowerasing, "--allowerasing"),
    ...either(args.nobest, "--nobest"),
    ...either(args.skip_broken, "--skip-broken"),
    ...either(args.cacheonly, "--cacheonly"),
    ...either(args.download_only, "--downloadonly"),
    ...given(args.download_dir, "--downloaddir"),
  ];
}

/** The table of a transaction: a heading, and a line a package; long names have a line of their own. */
export function parseTransaction(stdout: string): RpmChange[] {
  const changes: RpmChange[] = [];
  let heading: string | undefined;
  for (const line of stdout.replace(/^( \S+)\n {2,}/gm, "$1 ").split("\n")) {
    heading =
      /^(Installing|Upgrading|Updating|Downgrading|Reinstalling|Removing|Erasing)\b.*:$/.exec(line)?.[1] ??
      heading;
    if (/^(?:Skipping|Transaction Summary|=+$)/.test(line)) heading = undefined;
    const [, name, arch, version] = /^ (\S+)\s+(\S+)\s+(\S+)\s+\S+\s+[\d.]+\s*[A-Za-z]*\s*$/.exec(line) ?? [];
    if (heading === undefined || name === undefined) continue;
    const verb = heading === "Removing" || heading === "Erasing" ? "Removed" : "Installed";
    changes.push({ verb, name: `${name}-${version}.${arch}`, isDowngrade: heading === "Downgrading" });
  }
  return changes;
}

/** Whether a simulated transaction has groups in it, which are noted down, and no package: there is nothing to do then. */
export const isOfGroups = (stdout: string): boolean =>
  /^(?:Installing|Upgrading|Removing) Groups:$/m.test(stdout) && parseTransaction(stdout).length === 0;

/** What dnf says went wrong; names that it does not know stand before its last line. */
export function dnfError({ stdout, stderr }: { stdout: string; stderr: string }): string | undefined {
  const text = `${stderr}\n${stdout}`;
  const lines = [
    ...text.matchAll(
      /^(?:Error: |No match for argument: |No package (?=.*available)|Module or Group '|Package (?=.* is not signed)|Cannot find (?=.* executable)| Problem.*?: | +- )(.*)$/gm,
    ),
  ];
  const said = [...new Set(lines.map(([line]) => line.replace(/^Error: |^ +- | +$/g, "").trim()))];
  return said.filter((line) => line !== "").length === 0
    ? undefined
    : said.filter((line) => line !== "").join("; ");
}
