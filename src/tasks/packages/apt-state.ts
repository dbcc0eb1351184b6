import type { Command } from "../../transport/shell.js";
import { script } from "../remote/script.js";

/** What dpkg and apt know of some packages. */
export interface AptState {
  /** Installed versions by name. */
  readonly installed: ReadonlyMap<string, string>;
  /** Names that installed packages provide. */
  readonly provided: ReadonlySet<string>;
  /** Of the package lists: seconds since the epoch; 0 when there are none. */
  readonly cacheTime: number;
}

/** The lists are as old as the last update that went well, or as their directory. */
const QUERY = `command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 127
newest=0
for each in /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists; do
  time=$(stat -c %Y "$each" 2>/dev/null) && [ "$time" -gt "$newest" ] && newest=$time
done
printf 'cache %s\\n' "$newest"
[ $# -gt 0 ] || exit 0
missing=
for name; do
  line=$(dpkg-query -W -f='\${db:Status-Status} \${Version}' -- "$name" 2>/dev/null) || line=
  case $line in "installed "*) printf 'package %s %s\\n' "$name" "\${line#installed }" ;; *) missing=yes ;; esac
done
if [ "$missing" ]; then dpkg-query -W -f='provides \${db:Status-Status} \${Provides}\\n' 2>/dev/null; fi
exit 0`;

/** @param names without versions */
export const aptQuery = (names: readonly string[]): Command =>
  script("apt-query", QUERY, names, { env: { LC_ALL: "C" } });

/** What `apt-query` printed. */
export function parseAptState(stdout: string): AptState {
  const installed = new Map<string, string>();
  const provided = new Set<string>();
  let cacheTime = 0;
  for (const line of stdout.split("\n")) {
    const [kind, first = "", ...rest] = line.split(" ");
    if (kind === "cache") cacheTime = Number(first) || 0;
    if (kind === "package") installed.set(first, rest.join(" "));
    if (kind === "provides" && first === "installed")
      for (const each of rest.join(" ").split(",")) provided.add(each.trim().split(" ")[0] ?? "");
  }
  return { installed, provided, cacheTime };
}

/** A package as the user names it: `name`, `name:arch`, `name=1.2*`, `name/release`. */
export interface AptPackage {
  readonly written: string;
  readonly name: string;
  /** A glob. */
  readonly version: string | undefined;
}

export function aptPackage(written: string): AptPackage {
  const [, name = written, version] = /^([^=/]+)(?:=(.*)|\/.*)?$/.exec(written) ?? [];
  return { written, name, version };
}

/** Whether a package is there in a version that will do. */
export function isInstalled({ name, version }: AptPackage, { installed, provided }: AptState): boolean {
  const there = installed.get(name);
  if (there === undefined) return version === undefined && provided.has(name);
  if (version === undefined) return true;
  const source = version
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`).test(there);
}
