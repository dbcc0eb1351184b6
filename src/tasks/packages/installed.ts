/** One installed package, in Ansible's words; which of them there are depends on the manager. */
interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly source: string;
  readonly [more: string]: unknown;
}

/** By their names, since several versions of one may be there. */
export type InstalledPackages = Readonly<Record<string, readonly InstalledPackage[]>>;

/** What `package-facts` printed. */
export function parseInstalled(stdout: string): InstalledPackages {
  const packages = new Map<string, InstalledPackage[]>();
  for (const part of stdout.split(/^manager /m).slice(1)) {
    const end = part.indexOf("\n");
    const [source, text] = [part.slice(0, end), part.slice(end + 1)];
    // As Ansible: what a later manager says of a name is all that is said.
    const found = new Map<string, InstalledPackage[]>();
    for (const one of PARSERS[source]?.(text) ?? []) {
      const named = { ...one, source };
      found.set(one.name, [...(found.get(one.name) ?? []), named]);
    }
    for (const [name, all] of found) packages.set(name, all);
  }
  return Object.fromEntries(packages);
}

type Named = Omit<InstalledPackage, "source"> & { readonly name: string; readonly version: string };

const columns = (text: string): string[][] =>
  text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));

const PARSERS: Readonly<Record<string, (text: string) => Named[]>> = {
  apt: (text) =>
    columns(text)
      .filter(([status]) => status === "installed")
      .map(([, name = "", version = "", arch = "", category = ""]) => ({ name, version, arch, category })),
  rpm: (text) =>
    columns(text).map(([name = "", version = "", release = "", epoch = "", arch = ""]) => ({
      name,
      version,
      release,
      epoch: /^\d+$/.test(epoch) ? Number(epoch) : null,
      arch: arch === "(none)" ? null : arch,
    })),
  pacman: (text) => text.split(/\n\n+/).flatMap(pacmanPackage),
  apk: (text) =>
    text.split("\n").flatMap((line) => {
      const [, name, version = "", release = ""] = /^(.+)-([^-]+)-([^-]+)$/.exec(line.trim()) ?? [];
      return name === undefined ? [] : [{ name, version, release }];
    }),
};

/** A paragraph of `pacman -Qi`: a field's further lines are indented. */
function pacmanPackage(paragraph: string): Named[] {
  const field = (name: string) => new RegExp(`^${name} +: (.*(?:\\n +.*)*)`, "m").exec(paragraph)?.[1];
  const name = field("Name");
  if (name === undefined) return [];
  const provides = field("Provides")?.trim();
  return [
    {
      name,
      version: field("Version") ?? "",
      arch: field("Architecture") ?? "",
      provides:
        provides === undefined || provides === "None"
          ? null
          : provides.split(/\s+/).map((each) => each.split("=")[0]),
    },
  ];
}
