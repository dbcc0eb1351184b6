import { ARCH_RELEASE, DISTRIBUTIONS, RELEASE_FILES } from "./distribution-table.js";
import type { KnownFacts } from "./fact-types.js";
import { type Material, present, shellPairs } from "./material.js";

/** Ansible's word for what a distribution does not say. */
const UNSAID = "NA";

type Distribution = NonNullable<ReturnType<typeof DISTRIBUTIONS.get>>;

/** Which distribution this is. One that says nothing of itself is `OtherLinux`, so that comparisons work there too. */
export function distributionFacts(
  material: Material,
  release: ReadonlyMap<string, string>,
): Partial<KnownFacts> {
  const id = (release.get("ID") ?? "").toLowerCase();
  const sentence = RELEASE_FILES.map((path) => material.text(path)).find((text) => text !== undefined) ?? "";
  const { name, family, variety } = identify(material, release, sentence);
  const version = versionOf(id, material, release, sentence) || UNSAID;
  return present<KnownFacts>({
    distribution: name,
    distribution_version: version,
    distribution_major_version: version.split(".")[0] || UNSAID,
    distribution_minor_version: minorVersion(name, version, material),
    distribution_release: releaseName(family, release, sentence),
    distribution_file_variety: name === "OtherLinux" ? undefined : sentenceVariety(variety, sentence),
    os_family: family,
  });
}

function identify(material: Material, release: ReadonlyMap<string, string>, sentence: string): Distribution {
  const arch = material.exists(ARCH_RELEASE) ? DISTRIBUTIONS.get("arch") : undefined;
  const known = arch ?? DISTRIBUTIONS.get((release.get("ID") ?? "").toLowerCase());
  if (known) return known;
  const said = bySentence(sentence);
  if (said) return said;
  const name = release.get("NAME") || "OtherLinux";
  return { name, family: likeFamily(release) ?? name, variety: "NA" };
}

/** Systems older than os-release: `CentOS release 6.10 (Final)`. */
function bySentence(sentence: string): Distribution | undefined {
  const [first = ""] = sentence.split(/\s/);
  if (first === "") return undefined;
  const name = sentence.startsWith("Red Hat") ? "RedHat" : first;
  const known = [...DISTRIBUTIONS.values()].find((row) => row.name === name);
  return known ?? { name, family: "RedHat", variety: "RedHat" };
}

/** The family that an unknown distribution says it is like; Ansible knows none then. */
function likeFamily(release: ReadonlyMap<string, string>): string | undefined {
  const like = (release.get("ID_LIKE") ?? "").toLowerCase().split(/\s+/);
  return like.map((id) => (id === "suse" ? "Suse" : DISTRIBUTIONS.get(id)?.family)).find(Boolean);
}

function versionOf(
  id: string,
  material: Material,
  release: ReadonlyMap<string, string>,
  sentence: string,
): string {
  const version =
    release.get("VERSION_ID") || (/\b(?:release|Slackware) (\d[\w.+]*)/.exec(sentence)?.[1] ?? "");
  if (id === "debian") return moreExact(version, material.text("/etc/debian_version"));
  if (id === "centos" || sentence.startsWith("CentOS")) {
    const exact = moreExact(version, /release (\d[\d.]*)/.exec(sentence)?.[1]);
    return exact.split(".").slice(0, 2).join(".");
  }
  if (id === "alpine") return material.text("/etc/alpine-release") ?? version;
  return version;
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

function releaseName(family: string, release: ReadonlyMap<string, string>, sentence: string): string {
  if (sentence.startsWith("CentOS Stream")) return "Stream";
  if (family === "Suse") return suseRelease(release);
  const bracketed = (text: string | undefined) => /\(([^()]+)\)/.exec(text ?? "")?.[1];
  return (
    (family === "Debian" ? debianCodename(release, bracketed) : undefined) ??
    release.get("VERSION_CODENAME") ??
    release.get("UBUNTU_CODENAME") ??
    bracketed(release.get("VERSION")) ??
    bracketed(sentence) ??
    UNSAID
  );
}

/** Debian's own says it in brackets since before there was a field for it; those derived from Ubuntu put other things there. */
const debianCodename = (
  release: ReadonlyMap<string, string>,
  bracketed: (text: string | undefined) => string | undefined,
): string | undefined => (release.has("UBUNTU_CODENAME") ? undefined : bracketed(release.get("PRETTY_NAME")));

/** The number of the service pack, or of the Leap release; a Tumbleweed has neither. */
function suseRelease(release: ReadonlyMap<string, string>): string {
  const minor = /^\d+\.(\d+)/.exec(release.get("VERSION_ID") ?? "")?.[1];
  return minor ?? (/open/i.test(release.get("NAME") ?? "") ? "" : "0");
}

/** CentOS Stream is the one that Ansible knows by CentOS's own file. */
const sentenceVariety = (variety: string, sentence: string): string =>
  sentence.startsWith("CentOS Stream") ? "CentOS" : variety;

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
