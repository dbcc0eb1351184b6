/** One line of the kernel's mountinfo. */
export interface Mounted {
  /** `major:minor` of the file system. */
  readonly device: string;
  /** The directory of the file system that is seen there; not `/` where it is a bind mount. */
  readonly root: string;
  readonly path: string;
  readonly fstype: string;
  /** A block device, `server:/path` ... */
  readonly source: string;
}

/** What /proc/self/mountinfo says; lines that are none are left out. */
export const parseMounts = (lines: readonly string[]): Mounted[] =>
  lines.flatMap((line) => {
    const found = /^\d+ \d+ (\S+) (\S+) (\S+) \S+ (?:\S+ )*?- (\S+) (\S+)/.exec(line);
    if (!found) return [];
    const [device = "", root = "", path = "", fstype = "", source = ""] = found.slice(1).map(plain);
    return [{ device, root, path, fstype, source }];
  });

/** The kernel writes spaces and the like as octal numbers. */
const plain = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));

/** What is mounted at a path: of several, the uppermost. */
export const mountedAt = (mounts: readonly Mounted[], path: string): Mounted | undefined =>
  mounts.findLast((each) => each.path === path);

/** Whether a mount is of this source: a device, or for a bind mount the directory that is seen. */
export function isFrom(mounts: readonly Mounted[], mounted: Mounted, source: string): boolean {
  if (mounted.source === source) return true;
  return mounts.some(
    (other) =>
      other !== mounted &&
      other.device === mounted.device &&
      isBelow(mounted.root, other.root) &&
      joined(other.path, mounted.root.slice(joined(other.root, "").length)) === source,
  );
}

const isBelow = (path: string, root: string): boolean =>
  path === root || root === "/" || path.startsWith(`${root}/`);

/** Without a slash at the end. */
const joined = (path: string, rest: string): string => `${path.replace(/\/$/, "")}${rest}`;
