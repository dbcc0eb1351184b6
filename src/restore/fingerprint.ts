import { createHmac } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, readlink, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { Template } from "../values/template.js";

/**
 * Fingerprints of what points are made from. They stand in files on hypervisors, so they are keyed: whoever has not the
 * project's private key cannot find out a password by trying.
 */
export class Fingerprints {
  readonly #files = new Map<string, Promise<string>>();

  /** @param secret the private key that guests of the project are logged in to with */
  constructor(private readonly secret: string) {}

  text(text: string): string {
    return createHmac("sha256", this.secret).update(text).digest("hex").slice(0, 32);
  }

  /** Of any value, expressions as they are written; null for undefined. */
  value(value: unknown): string | null {
    return value === undefined ? null : this.text(JSON.stringify(plain(value)) ?? "");
  }

  /** Of a file's content, or of all that is below a directory; null when there is nothing. */
  async file(path: string): Promise<string | null> {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    if (!found) return null;
    if (found.isDirectory()) return this.#directory(path);
    if (!found.isFile()) return "neither a file nor a directory";
    const key = `${path} ${found.ino} ${found.size} ${found.mtimeNs}`;
    const known = this.#files.get(key) ?? this.#content(path);
    this.#files.set(key, known);
    return known;
  }

  /** Of the names of the files that are `path` with any ending or none; null when there is none. */
  async named(path: string): Promise<string | null> {
    const entries = await readdir(dirname(path), { withFileTypes: true }).catch(() => []);
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const found = names.filter((name) => basename(name, extname(name)) === basename(path)).sort();
    return found.length === 0 ? null : this.text(JSON.stringify(found));
  }

  /** Of the first lines of a YAML file, without blank ones and comments at their end; null when there is no file. */
  async beginning(path: string, atMost: number): Promise<{ lines: number; fingerprint: string | null }> {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text === undefined) return { lines: atMost, fingerprint: null };
    const first = text.split("\n").slice(0, atMost);
    const lines = first.findLastIndex((line) => !/^\s*(#.*)?$/.test(line)) + 1;
    return { lines, fingerprint: this.text(first.slice(0, lines).join("\n")) };
  }

  async #content(path: string): Promise<string> {
    const hash = createHmac("sha256", this.secret);
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    const { mode } = await stat(path);
    return `${hash.digest("hex").slice(0, 32)}${mode & 0o100 ? "x" : ""}`;
  }

  async #directory(path: string): Promise<string> {
    const names = (await readdir(path)).sort();
    const parts = await Promise.all(
      names.map(async (name) => {
        const entry = join(path, name);
        const isLink = (await lstat(entry)).isSymbolicLink();
        return [name, isLink ? await readlink(entry) : await this.file(entry)];
      }),
    );
    return this.text(JSON.stringify(parts));
  }
}

/** Mappings keep their order: tasks can see it. */
function plain(value: unknown): unknown {
  if (value instanceof Template) return { template: value.source };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.entries(value).map(([key, entry]) => [key, plain(entry)]);
  return value;
}
