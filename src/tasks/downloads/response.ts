/** What a server's last answer was, as far as its headers tell. */
export interface WebResponse {
  /** 0 where there is none, e.g. of a file. */
  readonly status: number;
  /** The words beside the status, e.g. `Not Found`. */
  readonly reason: string;
  /** By lower-case name; several of one name are joined by a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the last answer came from, after redirections. */
  readonly url: string;
  readonly redirected: boolean;
}

interface Block {
  readonly status: number;
  readonly reason: string;
  readonly headers: Record<string, string>;
}

/** What the headers of all answers of one request say. @param text as curl or wget wrote it @param url what was asked for */
export function parseResponse(text: string, url: string): WebResponse {
  const blocks = headerBlocks(text);
  const last = blocks.at(-1);
  const final = blocks
    .slice(0, -1)
    .filter(({ status }) => status >= 300 && status < 400)
    .reduce((from, { headers }) => absolute(headers["location"], from), url);
  return {
    status: last?.status ?? 0,
    reason: last?.reason ?? "",
    headers: last?.headers ?? {},
    url: final,
    redirected: final !== url,
  };
}

function headerBlocks(text: string): Block[] {
  const blocks: Block[] = [];
  for (const raw of text.split("\n")) {
    const line = raw.trim();
    const [, status, reason = ""] = /^HTTP\/[\d.]+ (\d{3}) ?(.*)$/.exec(line) ?? [];
    if (status !== undefined) blocks.push({ status: Number(status), reason, headers: Object.create(null) });
    const [, name, value = ""] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?(.*)$/.exec(line) ?? [];
    const headers = blocks.at(-1)?.headers;
    if (!headers || status !== undefined || name === undefined) continue;
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value.trim()}` : value.trim();
  }
  return blocks;
}

/** Where a Location leads. */
export function absolute(location: string | undefined, from: string): string {
  if (location === undefined) return from;
  return URL.canParse(location, from) ? new URL(location, from).href : location;
}

/** What `farm_encode` printed. */
export function decodeFile(text: string): Buffer {
  const [, encoding, digits = ""] = /^(base64|hex):(\S*)$/.exec(text) ?? [];
  return Buffer.from(digits, encoding === "hex" ? "hex" : "base64");
}

/** The values of lines `name value`, the last of each name. */
export function namedLines(stdout: string): ReadonlyMap<string, string> {
  return new Map(
    stdout.split("\n").flatMap((line) => {
      const [, name, value] = /^([a-z0-9-]+) (.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value] as const];
    }),
  );
}
