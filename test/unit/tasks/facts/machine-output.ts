import { readFileSync } from "node:fs";

export interface MachineOutput {
  /** Content by path. */
  readonly files?: Readonly<Record<string, string>>;
  readonly exists?: readonly string[];
  /** Other sections: their text by name. */
  readonly said?: Readonly<Record<string, string>>;
}

/** What the script would print on a Linux machine with these files, and nothing else. */
export function machineOutput({ files = {}, exists = [], said = {} }: MachineOutput): string {
  const all = { "/proc/sys/kernel/ostype": "Linux\n", ...files };
  const lines = Object.entries(all).flatMap(([path, text]) =>
    text
      .split("\n")
      .slice(0, text.endsWith("\n") || text === "" ? -1 : undefined)
      .map((line) => `${path}:${line}`),
  );
  const there = [...new Set([...exists, ...Object.keys(files)])];
  const sections = { exists: there.join("\n"), files: lines.join("\n"), ...said };
  return Object.entries(sections)
    .map(([name, text]) => `@${name}\n${text}\n`)
    .join("");
}

/** What the script printed on a machine: `debian`, `tiny`, `tiny-arm64`, `tiny-ppc64le` recorded, the others made from these. */
export const recorded = (name: string): string =>
  readFileSync(new URL(`outputs/${name}.txt`, import.meta.url), "utf8");

export const RECORDED = ["debian", "tiny", "tiny-arm64", "tiny-ppc64le", "alpine", "arch", "fedora"] as const;
