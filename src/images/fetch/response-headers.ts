/** The last response of a transfer, after all redirects. */
export interface ResponseHeaders {
  readonly status?: number;
  /** Of the whole file, also where only its end was sent. */
  readonly contentLength?: number;
  readonly etag?: string;
  readonly lastModified?: string;
}

/** Of several responses, one after a redirect, the last. Reads what curl's -D and wget's -S print. */
export function parseHeaders(text: string): ResponseHeaders {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const start = lines.findLastIndex((line) => /^HTTP\/[\d.]+ \d{3}/.test(line));
  if (start < 0) return {};
  const header = (name: string): string | undefined => {
    const line = lines.slice(start).find((candidate) => candidate.toLowerCase().startsWith(`${name}:`));
    return line?.slice(name.length + 1).trim() || undefined;
  };
  const status = Number(/ (\d{3})/.exec(lines[start] ?? "")?.[1]);
  const length = header("content-encoding") ? undefined : lengthOf(status, header);
  const etag = header("etag");
  const lastModified = header("last-modified");
  return {
    status,
    ...(length !== undefined && /^\d+$/.test(length) && { contentLength: Number(length) }),
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
  };
}

/** A partial answer's own length is that of the part. */
const lengthOf = (status: number, header: (name: string) => string | undefined): string | undefined =>
  status === 206
    ? /^bytes \d+-\d+\/(\d+)$/.exec(header("content-range") ?? "")?.[1]
    : header("content-length");
