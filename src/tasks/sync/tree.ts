/** One file, directory or link of a tree. */
export interface TreeEntry {
  /** From the tree's root, without a leading or trailing slash. */
  readonly name: string;
  readonly type: "file" | "directory" | "link";
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Names; the number as a text where there is no name. */
  readonly owner: string;
  readonly group: string;
  readonly size: number;
  /** Whole seconds since the epoch. */
  readonly mtime: number;
  /** Of a link. */
  readonly target?: string;
  /** Of a file, SHA-1, where contents are compared. */
  readonly checksum?: string;
}

/** Whether a name stays within its tree, whoever says it. */
export const isInside = (name: string): boolean =>
  name !== "" &&
  !name.startsWith("/") &&
  !name.includes("\0") &&
  !name.split("/").some((part) => part === ".." || part === "");

/** The directories that a name is in, the outermost first. */
export function parentsOf(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(0, -1).map((_part, index) => parts.slice(0, index + 1).join("/"));
}
