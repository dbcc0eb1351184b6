/** A line of one of apt's files. */
export interface SourceLine {
  readonly file: string;
  readonly text: string;
}

/** What `grep -H ''` printed of apt's files. */
export const parseSources = (stdout: string): SourceLine[] =>
  stdout.split("\n").flatMap((line) => {
    const [, file, text] = /^(\/[^:]+\.list):(.*)$/.exec(line) ?? [];
    return file === undefined || text === undefined ? [] : [{ file, text }];
  });

/** A source without comments and double spaces, so that two can be compared. */
export const plainSource = (line: string): string => line.replace(/#.*$/, "").trim().replace(/\s+/g, " ");

/** Ansible's name of the file for a source: its address without the scheme, in plain letters. */
export function fileNameOf(source: string): string {
  const [, uri = "", rest = ""] = /^deb(?:-src)?\s+(?:\[[^\]]*\]\s+)?(\S+)\s*(.*)$/.exec(source) ?? [];
  const [suite = ""] = rest.split(/\s+/);
  const name = [uri.replace(/^[a-z+]+:\/\//, ""), suite].join(" ");
  return name.replace(/[^A-Za-z0-9]+/g, "_").replace(/^_|_$/g, "");
}
