import type { KnownFacts } from "./fact-types.js";
import { type Material, present, shellPairs, wholeNumber } from "./material.js";

export const APPARMOR = "/sys/kernel/security/apparmor";

/** What the running kernel says of itself: how it was started, since when it runs, how busy it is, what it enforces. */
export function kernelFacts(material: Material): Partial<KnownFacts> {
  const words = commandLineWords(material.text("/proc/cmdline"));
  const uptime = material.text("/proc/uptime")?.split(/[.\s]/)[0];
  return present<KnownFacts>({
    cmdline: words && Object.fromEntries(words),
    proc_cmdline: words && collected(words),
    uptime_seconds: wholeNumber(uptime),
    loadavg: loadAverage(material.text("/proc/loadavg")),
    fips: material.text("/proc/sys/crypto/fips_enabled") === "1",
    selinux: selinux(material),
    apparmor: { status: material.exists(APPARMOR) ? "enabled" : "disabled" },
  });
}

type Word = readonly [string, string | true];

/** A quoted text is a word of its own, quotes included; with a quote that never ends there are no words. */
function commandLineWords(line: string | undefined): readonly Word[] | undefined {
  if (line === undefined) return undefined;
  const words = line.match(/"[^"]*"?|'[^']*'?|[^\s"']\S*/g) ?? [];
  const open = words.some(
    (word) => /^["']/.test(word) && (word.length < 2 || !word.endsWith(word.charAt(0))),
  );
  if (open) return [];
  return words.map((word) => {
    const equals = word.indexOf("=");
    return equals < 0 ? [word, true] : [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function collected(words: readonly Word[]): KnownFacts["proc_cmdline"] {
  const values = new Map<string, (string | true)[]>();
  for (const [key, value] of words) {
    const known = values.get(key);
    if (known && value !== true) known.push(value);
    else values.set(key, [value]);
  }
  return Object.fromEntries(
    [...values].map(([key, [first = true, ...more]]) => [key, more.length > 0 ? [first, ...more] : first]),
  );
}

function loadAverage(text: string | undefined): KnownFacts["loadavg"] | undefined {
  const [one = Number.NaN, five = Number.NaN, fifteen = Number.NaN] = (text ?? "").split(" ").map(Number);
  return Number.isFinite(one + five + fifteen) ? { "1m": one, "5m": five, "15m": fifteen } : undefined;
}

function selinux(material: Material): Readonly<Record<string, string>> {
  const enforcing = material.text("/sys/fs/selinux/enforce");
  const config = shellPairs(material.lines("/etc/selinux/config"));
  if (enforcing === undefined || config.size === 0) return { status: "disabled" };
  return {
    status: "enabled",
    mode: enforcing === "1" ? "enforcing" : "permissive",
    config_mode: config.get("SELINUX") ?? "unknown",
    type: config.get("SELINUXTYPE") ?? "unknown",
    policyvers: material.text("/sys/fs/selinux/policyvers") ?? "unknown",
  };
}
