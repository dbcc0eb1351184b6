import { createHash } from "node:crypto";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";

export const isHttp = (source: string): boolean => /^https?:\/\//i.test(source);

/** A path on the hypervisor: absolute, or from the home of whoever farm logs in as. */
const isPath = (source: string): boolean => source.startsWith("/") || source.startsWith("~/");

/**
 * Where an image comes from, in one spelling: an http(s) URL as a browser would send it, or a path on the
 * hypervisor (`/...` or `~/...`; `file://` is taken off). Undefined for anything else.
 */
export function normaliseSource(source: string): string | undefined {
  if (hasControl(source)) return undefined;
  if (isPath(source)) return posix.normalize(source);
  if (/^file:\/\/~\//i.test(source)) return posix.normalize(source.slice("file://".length));
  const url = URL.canParse(source) ? new URL(source) : undefined;
  if (!url) return undefined;
  if (isHttp(url.href) && url.hostname !== "") return withoutFragment(url);
  return url.protocol === "file:" ? filePath(url) : undefined;
}

/** The last part of a URL's or a file's path, as SUMS files name it. */
export function baseName(source: string): string {
  if (!isHttp(source)) return posix.basename(source);
  const encoded = posix.basename(new URL(source).pathname);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded; // A bare `%` is legal in a path, and then it stands for itself.
  }
}

/** For messages and files: without the credentials that a URL may hold as user, password or query. */
export function displaySource(source: string): string {
  if (!isHttp(source)) return source;
  const url = new URL(source);
  url.username = "";
  url.password = "";
  const query = url.search === "" ? "" : "?...";
  url.search = "";
  return `${url.href}${query}`;
}

/** Names the lock, the index entry and the partial files of one source, and of what is made of it. */
export const sourceKey = (source: string, { unpack, convertTo }: Derivation = {}): string => {
  const derivation = unpack || convertTo ? `\n${JSON.stringify([unpack, convertTo])}` : "";
  return createHash("sha256").update(`${source}${derivation}`).digest("hex").slice(0, 32);
};

/** What is made of a source before it is an image. */
interface Derivation {
  readonly unpack?: { readonly member?: string };
  readonly convertTo?: string;
}

function withoutFragment(url: URL): string {
  url.hash = "";
  return url.href;
}

function filePath(url: URL): string | undefined {
  if (url.hostname !== "" && url.hostname !== "localhost") return undefined;
  try {
    const path = fileURLToPath(`file://${url.pathname}`, { windows: false });
    return hasControl(path) ? undefined : path;
  } catch {
    return undefined; // %2F in a name: no file can be meant by it.
  }
}

/** Where a file that stands beside `source`, or below it, stands at another of its addresses; undefined where it stands elsewhere. */
export function besideMirror(file: string, source: string, mirror: string): string | undefined {
  if (!isHttp(file) || !isHttp(source)) return undefined;
  const directory = new URL(".", source).href;
  return file.startsWith(directory) ? new URL(file.slice(directory.length), mirror).href : undefined;
}

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

/** A path of `normaliseSource` made absolute. */
export const expandHome = (path: string, home: string): string =>
  path.startsWith("~/") ? posix.join(home, path.slice(2)) : path;
