import type { Command, CommandResult } from "../../transport/shell.js";
import { script } from "../remote/script.js";
import { compareDebianVersions } from "./debian-version.js";

/** What dpkg and apt know of some packages. */
export interface AptState {
  /** Of one name there may be several architectures. */
  readonly packages: readonly KnownPackage[];
  /** Names that installed packages provide. */
  readonly provided: ReadonlySet<string>;
  /** Of those asked for, the ones that are there only because another needs them. */
  readonly automatic: ReadonlySet<string>;
  /** Names by the patterns that they were found by. */
  readonly matches: ReadonlyMap<string, readonly string[]>;
  /** What the .deb files hold. */
  readonly debs: readonly DebFile[];
  /** Of the package lists, by the machine's clock: seconds since the epoch; 0 when there are none. */
  readonly cacheTime: number;
  /** The machine's clock. */
  readonly now: number;
  /** Whether there are fetched archives. */
  readonly archives: boolean;
  /** What the simulated command came to, when there was one. */
  readonly simulated?: CommandResult;
}

interface KnownPackage {
  readonly name: string;
  readonly arch: string;
  /** dpkg's: `installed`, `config-files` ... */
  readonly status: string;
  readonly version: string;
}

interface DebFile {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

/** The lists are as old as the last update that went well, or as their directory. Names have no spaces. */
const QUERY = `names=$1 archives=$2 debs=$3; shift 3
command -v dpkg-query >/dev/null && command -v apt-get >/dev/null || exit 127
newest=0
for each in /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists; do
  time=$(stat -c %Y "$each" 2>/dev/null) && [ "$time" -gt "$newest" ] && newest=$time
done
printf 'cache %s %s\\n' "$newest" "$(date +%s)"
if [ "$archives" ]; then
  for each in /var/cache/apt/archives/*.deb; do if [ -e "$each" ]; then echo archives; break; fi; done
fi
set -f
all=
for word in $names; do
  case $word in
    *[*?[]*) for each in $(apt-cache pkgnames); do
        case $each in $word) printf 'match %s %s\\n' "$word" "$each"; all="$all $each" ;; esac
      done ;;
    *) all="$all $word" ;;
  esac
done
while [ "$debs" -gt 0 ]; do
  dpkg-deb --show --showformat='deb \${Package} \${Architecture} \${Version}\\n' "$1" || exit
  all="$all $(dpkg-deb --show --showformat='\${Package}' "$1")"
  shift; debs=$((debs - 1))
done
if [ "$all" ]; then
  there=$(dpkg-query -W -f='package \${Package} \${Architecture} \${db:Status-Status} \${Version}\\n' -- $all 2>/dev/null)
  printf '%s\\n' "$there"
  if [ "$(printf '%s\\n' "$there" | grep -c ' installed ')" -lt "$(printf '%s\\n' $all | wc -l)" ]; then
    dpkg-query -W -f='provides \${db:Status-Status} \${Provides}\\n' 2>/dev/null
  fi
  sed -n '/^Package: /{s///;h;};/^Auto-Installed: 1/{g;p;}' /var/lib/apt/extended_states 2>/dev/null |
    grep -Fx "$(printf '%s\\n' $all)" | sed 's/^/auto /'
fi
[ $# -gt 0 ] || exit 0
echo simulated
"$@"
printf '\\n%s' "$?"
exit 0`;

/** What is asked about. */
interface AptQuestion {
  /** Without versions; also patterns, as a shell has them. */
  readonly names: readonly string[];
  /** Files on the machine. */
  readonly debs?: readonly string[];
  readonly archives?: boolean;
  /** An apt-get command that changes nothing. */
  readonly simulate?: Command | undefined;
}

export const aptQuery = ({ names, debs = [], archives = false, simulate }: AptQuestion): Command => {
  const words = [names.join(" "), archives ? "archives" : "", String(debs.length)];
  const argv = [...words, ...debs, ...(simulate?.argv ?? [])];
  return script("apt-query", QUERY, argv, { env: { LC_ALL: "C" }, readOnly: true });
};

/** What `apt-query` printed. */
export function parseAptState(text: string): AptState {
  const [lines = "", simulated] = text.split(/^simulated\n/m, 2);
  const facts = lines.split("\n").map((line) => line.split(" "));
  const of = (kind: string) => facts.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [[cacheTime, now] = []] = of("cache");
  const matches = new Map<string, string[]>();
  for (const [pattern = "", name = ""] of of("match"))
    matches.set(pattern, [...(matches.get(pattern) ?? []), name]);
  const provides = of("provides").filter(([status]) => status === "installed");
  return {
    packages: of("package").map(([name = "", arch = "", status = "", version = ""]) => ({
      name,
      arch,
      status,
      version,
    })),
    provided: new Set(
      provides.flatMap(([, ...rest]) =>
        rest
          .join(" ")
          .split(",")
          .map((each) => each.trim().split(/[ :]/)[0] ?? ""),
      ),
    ),
    automatic: new Set(of("auto").map(([name = ""]) => name)),
    matches,
    debs: of("deb").map(([name = "", arch = "", version = ""]) => ({ name, arch, version })),
    cacheTime: Number(cacheTime) || 0,
    now: Number(now) || 0,
    archives: of("archives").length > 0,
    ...(simulated !== undefined && { simulated: parseSimulated(simulated) }),
  };
}

function parseSimulated(text: string): CommandResult {
  const end = text.lastIndexOf("\n");
  return { code: Number(text.slice(end + 1)), stdout: text.slice(0, end), stderr: "" };
}

/** The packages of that name, `name:arch` for one architecture. */
export function known(name: string, { packages }: AptState): readonly KnownPackage[] {
  const [plain, arch] = name.split(":");
  return packages.filter(
    (each) => each.name === plain && (arch === undefined || [arch, "all"].includes(each.arch)),
  );
}

/** A package as the user names it: `name`, `name:arch`, `name=1.2*`, `name>=1.2`, `name/release`. */
export interface AptPackage {
  readonly written: string;
  readonly name: string;
  /** A glob, or the lowest that will do. */
  readonly version: string | undefined;
  readonly atLeast: boolean;
}

export function aptPackage(written: string): AptPackage {
  const [, name = written, sign, version] = /^([^=/>]+)(?:(>?=)(.*)|\/.*)?$/.exec(written.trim()) ?? [];
  return { written: written.trim(), name, version, atLeast: sign === ">=" };
}

/** Whether a version is one that was asked for. */
export function willDo({ version, atLeast }: AptPackage, there: string): boolean {
  if (version === undefined) return true;
  if (atLeast) return compareDebianVersions(there, version) >= 0;
  const source = version
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".")
    .replaceAll("[!", "[^");
  return new RegExp(`^${source}$`).test(there);
}

/** Whether a package is there in a version that will do; `provided`: or something that provides it. */
export function isInstalled(one: AptPackage, state: AptState, provided = true): boolean {
  const there = known(one.name, state).filter(({ status }) => status === "installed");
  if (there.length === 0) return provided && one.version === undefined && state.provided.has(one.name);
  return there.some(({ version }) => willDo(one, version));
}
