import { isEnded, linesOf } from "../text-edit/lines.js";

/** The value that a file of sysctl gives a name: the last counts. */
export const sysctlValue = (text: string, name: string): string | undefined =>
  linesOf(text)
    .map(assignmentOf)
    .findLast((each) => each?.name === name)?.value;

/** A file in which the name has the value once, where it first stood or at the end. @param value undefined: it is not in the file */
export function withSysctl(text: string, name: string, value: string | undefined): string {
  const line = value === undefined ? "" : `${name}=${value}\n`;
  let isDone = false;
  const lines = linesOf(text).map((each) => {
    if (assignmentOf(each)?.name !== name) return each;
    const first = !isDone;
    isDone = true;
    return first ? line : "";
  });
  const all = lines.join("");
  if (isDone || line === "") return all;
  return `${all}${all === "" || isEnded(all) ? "" : "\n"}${line}`;
}

function assignmentOf(line: string): { name: string; value: string } | undefined {
  const [, name, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/s.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value };
}

/** Ansible's booleans are 1 and 0 to the kernel. */
export function kernelValue(value: string): string {
  if (/^(?:y|yes|on|1|true|t|1\.0)$/i.test(value)) return "1";
  return /^(?:n|no|off|0|false|f|0\.0)$/i.test(value) ? "0" : value.trim();
}

/** Whether the kernel has the value: it separates numbers by tabs. */
export const isSameValue = (kernel: string, value: string): boolean =>
  kernel.trim().split(/\s+/).join(" ") === value.trim().split(/\s+/).join(" ");
