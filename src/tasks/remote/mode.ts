import { ModuleFailure } from "../module/failure.js";

const WHO: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 };
const CLAUSE = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;

/**
 * The permission bits that a task wants.
 * @param mode octal as a text, the bits as a number (YAML has read the octal already), or symbolic
 * @param present the bits as they are
 * @throws ModuleFailure for what is neither
 */
export function resolveMode(mode: string | number, present: number, isDirectory: boolean): number {
  if (typeof mode === "number") {
    if (mode >= 0 && mode <= 0o7777) return mode;
    throw new ModuleFailure(`mode ${mode} is no set of permission bits: quote it, as in '0644'`);
  }
  if (/^[0-7]{1,5}$/.test(mode) && Number.parseInt(mode, 8) <= 0o7777) return Number.parseInt(mode, 8);
  return mode.split(",").reduce((bits, clause) => apply(clause.trim(), bits, isDirectory, mode), present);
}

function apply(clause: string, present: number, isDirectory: boolean, whole: string): number {
  const [, who = "", actions = ""] = CLAUSE.exec(clause) ?? [];
  if (actions === "") throw new ModuleFailure(`'${whole}' is no mode: octal, or symbolic as in u=rw,g=r`);
  const mask = who === "" ? 0o7777 : [...who].reduce((all, each) => all | (WHO[each] ?? 0), 0);
  let bits = present;
  for (const [, operator, perms = ""] of actions.matchAll(/([-+=])([rwxXst]*|[ugo])/g)) {
    const given = permissions(perms, bits, isDirectory) & mask;
    if (operator === "+") bits |= given;
    else if (operator === "-") bits &= ~given;
    else bits = (bits & ~(mask & 0o777)) | given;
  }
  return bits;
}

/** The bits of `rwX` for everybody; `u`, `g`, `o` copy those of one. */
function permissions(perms: string, present: number, isDirectory: boolean): number {
  const copied = { u: present >> 6, g: present >> 3, o: present }[perms];
  if (copied !== undefined) return (copied & 7) * 0o111;
  let bits = 0;
  for (const each of perms) {
    if (each === "r") bits |= 0o444;
    if (each === "w") bits |= 0o222;
    if (each === "x" || (each === "X" && (isDirectory || (present & 0o111) !== 0))) bits |= 0o111;
    if (each === "s") bits |= 0o6000;
    if (each === "t") bits |= 0o1000;
  }
  return bits;
}
