import { ARCH_RELEASE, DISTRIBUTIONS, RELEASE_FILES } from "./distribution-table.js";
import type { KnownFacts } from "./fact-types.js";
import { type Material, present, shellPairs } from "./material.js";

/** Ansible's word for what a distribution does not say. */
const UNSAID = "NA";

type Distribution = NonNullable<ReturnType<typeof DISTRIBUTIONS.get>>;

/** All that a system says of its distribution. */
interface Said {
  readonly material: Material;
  /** os-release. */
  readonly release: ReadonlyMap<string, string>;
  /** Its `ID`, in small letters. */
  readonly id: string;
  /** Of a release file, e.g. `CentOS Stream release 9`. */
  readonly sentence: string;
}

/** Which distribution this is. One that says nothing of itself is `OtherLinux`, so that comparisons work there too. */
export function distributionFacts(
  material: Material,
  release: ReadonlyMap<string, string>,
): Partial<KnownFacts> {
  const sentence = RELEASE_FILES.map((path) => material.text(path)).find((text) => text !== undefined) ?? "";
  const said = { material, release, id: (release.get("ID") ?? "").toLowerCase(), sentence };
  const { name, family, variety } = identify(said);
  const version = versionOf(said) || UNSAID;
  return present<KnownFacts>({
    distribution: name,
    distribution_version: version,
    distribution_major_version: version.split(".")[0] || UNSAID,
    distribution_minor_version: minorVersion(name, version, material),
    distribution_release: releaseName(family, said),
    distribution_file_variety: isStream(said) ? "CentOS" : variety,
    os_family: family,
  });
}

/** It shares its `ID` with the older CentOS, and Ansible knows it by CentOS's own file. */
const isStream = ({ sentence }: Said): boolean => sentence.startsWith("CentOS Stream");

type Identity = Omit<Distribution, "variety"> & { readonly variety: string | undefined };

function identify(said: Said): Identity {
  const arch = said.material.exists(ARCH_RELEASE) ? DISTRIBUTIONS.get("arch") : undefined;
  const known = arch ?? DISTRIBUTIONS.get(said.id) ?? named(firstName(said.sentence));
  if (known) return known;
  const name = firstName(said.sentence) ?? said.release.get("NAME");
  if (!name) return { name: "OtherLinux", family: "OtherLinux", variety: undefined };
  return { name, family: likeFamily(said) ?? name, variety: said.sentence === "" ? "NA" : "RedHat" };
}

/** Systems older than os-release have a sentence only: `CentOS release 6.10 (Final)`. */
const firstName = (sentence: string): string | undefined =>
  sentence.startsWith("Red Hat") ? "RedHat" : sentence.split(/\s/)[0] || undefined;

const named = (name: string | undefined): Distribution | undefined =>
  [...DISTRIBUTIONS.values()].find((row) => row.name === name);

/** The family that an unknown distribution says it is like; Ansible knows none then. */
function likeFamily({ release }: Said): string | undefined {
  const like = (release.get("ID_LIKE") ?? "").toLowerCase().split(/\s+/);
  return like.map((id) => (id === "suse" ? "Suse" : DISTRIBUTIONS.get(id)?.family)).find(Boolean);
}

function versionOf({ id, material, release, sentence }: Said): string {
  const inSentence = /\b(?:release|Slackware) (\d[\w.+]*)/.exec(sentence)?.[1];
  const version = release.get("VERSION_ID") || (inSentence ?? "");
  if (id === "debian") return moreExact(version, material.text("/etc/debian_version"));
  if (id === "alpine") return material.text("/etc/alpine-release") ?? version;
  if (!sentence.startsWith("CentOS")) return version;
  return moreExact(version, inSentence).split(".").slice(0, 2).join(".");
}

/** os-release says `12`, another file `12.11`. */
function moreExact(version: string, other = ""): string {
  const dots = (text: string) => text.split(".").length;
  return version === "" || dots(other) > dots(version) ? (other.split("\n")[0] ?? "") : version;
}

function minorVersion(name: string, version: string, material: Material): string | undefined {
  if (name === "Amazon") return version.split(".")[1] ?? UNSAID;
  if (name !== "Debian") return undefined;
  return /\d+\.(\d+)/.exec(material.text("/etc/debian_version") ?? "")?.[1];
}

function releaseName(family: string, said: Said): string {
  const { release, sentence } = said;
  if (isStream(said)) return "Stream";
  if (family === "Suse") return suseRelease(release);
  // Debian says it in brackets since before there was a field for it; what comes from Ubuntu puts other things there.
  const debian = family === "Debian" && !release.has("UBUNTU_CODENAME");
  return (
    (debian ? bracketed(release.get("PRETTY_NAME")) : undefined) ??
    release.get("VERSION_CODENAME") ??
    release.get("UBUNTU_CODENAME") ??
    bracketed(release.get("VERSION")) ??
    bracketed(sentence) ??
    UNSAID
  );
}

const bracketed = (text: string | undefined): string | undefined => /\(([^()]+)\)/.exec(text ?? "")?.[1];

/** The number of the service pack, or of the Leap release; a Tumbleweed has neither. */
function suseRelease(release: ReadonlyMap<string, string>): string {
  const minor = /^\d+\.(\d+)/.exec(release.get("VERSION_ID") ?? "")?.[1];
  return minor ?? (/open/i.test(release.get("NAME") ?? "") ? "" : "0");
}

/** What `lsb_release -a` says, from the files that it reads; empty where neither holds it. */
export function lsbFacts(material: Material, release: ReadonlyMap<string, string>): Partial<KnownFacts> {
  const lsb = shellPairs(material.lines("/etc/lsb-release"));
  const id = release.get("ID") ?? "";
  const debian = id === "debian" || id === "raspbian";
  const from = (key: string, other: string | undefined) => lsb.get(key) || (debian ? other : undefined);
  const number = from("DISTRIB_RELEASE", release.get("VERSION_ID"));
  return {
    lsb: present<Record<string, string>>({
      id: from("DISTRIB_ID", id.charAt(0).toUpperCase() + id.slice(1)),
      release: number,
      major_release: number?.split(".")[0],
      codename: from("DISTRIB_CODENAME", release.get("VERSION_CODENAME")),
      description: from("DISTRIB_DESCRIPTION", release.get("PRETTY_NAME")),
    }) as Record<string, string>,
  };
}

/** os-release, from where it is. */
export const osRelease = (material: Material): ReadonlyMap<string, string> => {
  const own = shellPairs(material.lines("/etc/os-release"));
  return own.size > 0 ? own : shellPairs(material.lines("/usr/lib/os-release"));
};
