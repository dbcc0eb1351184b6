import { linesOf } from "../text-edit/lines.js";

/** How a machine keeps its name. */
export type NameStrategy =
  | { readonly by: "hostnamectl" }
  /** The kernel's name only. */
  | { readonly by: "kernel" }
  | { readonly by: "file"; readonly path: string; readonly format: "plain" | "openrc" | "redhat" };

const FILES = {
  plain: { by: "file", path: "/etc/hostname", format: "plain" },
  sles: { by: "file", path: "/etc/HOSTNAME", format: "plain" },
  openrc: { by: "file", path: "/etc/conf.d/hostname", format: "openrc" },
  redhat: { by: "file", path: "/etc/sysconfig/network", format: "redhat" },
} as const;

/** What Ansible's `use` names. */
export const STRATEGIES = {
  alpine: FILES.plain,
  debian: { by: "hostnamectl" },
  generic: { by: "kernel" },
  openrc: FILES.openrc,
  redhat: FILES.redhat,
  sles: FILES.sles,
  systemd: { by: "hostnamectl" },
} as const satisfies Record<string, NameStrategy>;

/** How this machine keeps its name. @param id of os-release */
export function ownStrategy(isSystemd: boolean, id: string, has: (path: string) => boolean): NameStrategy {
  if (isSystemd) return STRATEGIES.systemd;
  if (id === "gentoo") return FILES.openrc;
  if (has("/etc/HOSTNAME") && !has("/etc/hostname")) return FILES.sles;
  return !has("/etc/hostname") && has("/etc/sysconfig/network") ? FILES.redhat : FILES.plain;
}

/** The name that a file keeps; empty where there is none. */
export function keptName(text: string, format: "plain" | "openrc" | "redhat"): string {
  if (format === "plain") return text.trim();
  const [, value = ""] = PATTERNS[format].exec(text) ?? [];
  return value.trim().replace(/^(["'])(.*)\1$/, "$2");
}

const PATTERNS = {
  openrc: /^\s*hostname=(.*)$/m,
  redhat: /^\s*HOSTNAME\s*=(.*)$/m,
};

/** The file with another name. */
export function withName(text: string, format: "plain" | "openrc" | "redhat", name: string): string {
  if (format === "plain") return `${name}\n`;
  const line = format === "openrc" ? `hostname="${name}"\n` : `HOSTNAME=${name}\n`;
  const lines = linesOf(text);
  const at = lines.findIndex((each) => PATTERNS[format].test(each));
  if (at >= 0) return lines.with(at, line).join("");
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}`;
}
