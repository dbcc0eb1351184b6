import { HypervisorError } from "../../errors.js";
import type { Connection } from "../virsh.js";
import { virshError } from "../virsh-error.js";
import { type Capabilities, parseCapabilities } from "./capabilities.js";
import { parsePairs } from "./inspect-script.js";

export interface RunningDomain {
  readonly vcpus: number;
  /** What it may grow to. */
  readonly memoryMiB: number;
  /** What its QEMU has taken of it by now. */
  readonly residentMiB: number;
}

/** What a hypervisor said about itself, beyond what dispatch asks. */
export interface HypervisorFacts {
  readonly uid: number;
  readonly user: string;
  readonly home: string;
  /** For every later virsh: the URI, and the environment by which it finds the same daemon. */
  readonly connection: Connection;
  /** Random, new at every boot; undefined on a system that has none. */
  readonly bootId: string | undefined;
  readonly libvirtVersion: string | undefined;
  readonly qemuVersion: string | undefined;
  /** Whether the program passt is there. */
  readonly passt: boolean;
  /** Of /dev/kvm, for the user that farm logs in as. */
  readonly kvmDevice: "absent" | "closed" | "open";
  /** What `probeKvm` remembered there: file name -> content. */
  readonly kvmAnswers: ReadonlyMap<string, string>;
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly availableMiB: number;
  readonly running: readonly RunningDomain[];
  readonly capabilities: Capabilities;
}

/** @throws HypervisorError with virsh's own words when libvirt did not answer. */
export function parseFacts(
  host: string,
  uri: string,
  sections: ReadonlyMap<string, string>,
): HypervisorFacts {
  const facts = parsePairs(sections.get("facts"));
  const memory = parseMeminfo(sections.get("meminfo") ?? "");
  const versions = sections.get("version") ?? "";
  return {
    capabilities: answeredCapabilities(host, uri, sections),
    uid: Number(facts.get("uid") ?? Number.NaN),
    user: facts.get("user") || parsePairs(sections.get("environment")).get("USER") || "",
    home: parsePairs(sections.get("environment")).get("HOME") ?? "",
    connection: connection(uri, facts.get("uid"), facts.get("runtimeDir")),
    bootId: facts.get("bootId") || undefined,
    libvirtVersion: /library: libvirt (\S+)/.exec(versions)?.[1],
    qemuVersion: /hypervisor: QEMU (\S+)/.exec(versions)?.[1],
    passt: facts.get("passt") === "yes",
    kvmDevice: kvmDevice(facts.get("kvmDevice")),
    kvmAnswers: parseAnswers(sections.get("kvm-answers") ?? ""),
    cpus: Math.max(1, Number.parseInt(facts.get("cpus") ?? "", 10) || 1),
    memoryMiB: memory.get("MemTotal") ?? 0,
    availableMiB: memory.get("MemAvailable") ?? memory.get("MemFree") ?? 0,
    running: parseRunning(sections.get("domains") ?? ""),
  };
}

function answeredCapabilities(
  host: string,
  uri: string,
  sections: ReadonlyMap<string, string>,
): Capabilities {
  const said = sections.get("capabilities") ?? "";
  const code = Number(sections.get("exit") ?? "1");
  if (code !== 0) throw virshError(`ask libvirt at ${uri}`, host, { code, stdout: said, stderr: "" });
  // Warnings of the library may stand before and behind it.
  const xml = /<capabilities>[\s\S]*<\/capabilities>/.exec(said)?.[0];
  if (xml === undefined) {
    throw new HypervisorError(`cannot ask libvirt at ${uri} on '${host}': virsh named no capabilities`, {
      hint: `try there: virsh -c ${uri} capabilities`,
    });
  }
  return parseCapabilities(xml);
}

function connection(uri: string, uid: string | undefined, runtimeDir: string | undefined): Connection {
  const pinned = uri.startsWith("qemu:///session") && uid !== "0" && runtimeDir;
  return pinned ? { uri, env: { XDG_RUNTIME_DIR: runtimeDir } } : { uri };
}

const kvmDevice = (said: string | undefined): HypervisorFacts["kvmDevice"] =>
  said === "open" || said === "closed" ? said : "absent";

const parseMeminfo = (text: string): ReadonlyMap<string, number> =>
  new Map(
    [...text.matchAll(/^(\w+):\s+(\d+) kB$/gm)].map(([, name = "", kib]) => [
      name,
      Math.floor(Number(kib) / 1024),
    ]),
  );

const parseAnswers = (text: string): ReadonlyMap<string, string> =>
  new Map([...text.matchAll(/^(kvm-probe-\S+) (.*)$/gm)].map(([, name = "", answer = ""]) => [name, answer]));

/** `virsh domstats` writes a line `Domain: 'NAME'`, then indented `key=value` lines. */
function parseRunning(text: string): RunningDomain[] {
  const [, ...domains] = `\n${text}`.split(/\nDomain: /);
  return domains.map((lines) => {
    const stats = parsePairs(lines);
    const kib = (key: string) => Math.ceil(Number(stats.get(key) ?? 0) / 1024);
    return {
      vcpus: Number(stats.get("vcpu.current") ?? 0),
      memoryMiB: kib("balloon.maximum"),
      residentMiB: kib("balloon.rss"),
    };
  });
}
