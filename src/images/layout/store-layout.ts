import { z } from "zod";
import { Trace } from "../../trace.js";
import type { ImageFormat } from "../recipe/callbacks.js";

/** An image in the store: verified, complete and never written to again. */
export interface StoredImage {
  /** Absolute, on the hypervisor. */
  readonly path: string;
  readonly sha256: string;
  readonly format: ImageFormat;
  readonly virtualSizeBytes: number;
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));

/** What was found out about an image when it was verified; kept beside it so that it is found out once. */
export const ImageMeta = z.object({
  sha256: hex(64),
  sha512: hex(128).optional(),
  format: z.enum(["qcow2", "raw"]),
  virtualSizeBytes: z.int().positive(),
  sizeBytes: z.int().positive(),
});
export type ImageMeta = z.infer<typeof ImageMeta>;

/** Which image a source gave when it was last read, and what tells whether it would give the same today. */
export const IndexEntry = ImageMeta.extend({
  url: z.string(),
  /** Size, mtime in nanoseconds and inode of a file. */
  fileKey: z.string().optional(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** The file that it was unpacked or converted from. Other names than the image's own: a shell reads those from the text. */
  origin: z
    .object({ sha256Hex: hex(64), sha512Hex: hex(128).optional(), bytes: z.int().positive() })
    .optional(),
  /** Of what a callback of the user's made. */
  trace: Trace.optional(),
  /** The SUMS file that confirmed it. */
  sumsUrl: z.string().optional(),
  fetchedAt: z.string(),
});
export type IndexEntry = z.infer<typeof IndexEntry>;

/** `farm/images` in a pool directory: images, partial files, `index/` and `locks/`. */
export const imagesDirectory = (pool: string): string => `${pool}/farm/images`;

export const imagePath = (images: string, { sha256, format }: Pick<ImageMeta, "sha256" | "format">): string =>
  `${images}/sha256-${sha256}.${format}`;
export const metaPath = (images: string, sha256: string): string => `${images}/index/sha256-${sha256}.json`;
export const indexPath = (images: string, key: string): string => `${images}/index/${key}.json`;
export const lockPath = (images: string, key: string): string => `${images}/locks/${key}`;
/** Partial files bear the key of their lock: whoever holds it knows that all others of that key are dead. */
export const partPath = (images: string, key: string, unique: string): string =>
  `${images}/fetch-${key}-${unique}.part`;

/** What is fetched under this name may be gone on with by a later farm. */
export const downloadPath = (images: string, key: string): string => partPath(images, key, "download");

export const storedImage = (images: string, meta: ImageMeta): StoredImage => ({
  path: imagePath(images, meta),
  sha256: meta.sha256,
  format: meta.format,
  virtualSizeBytes: meta.virtualSizeBytes,
});

/** A file of the store as a value; undefined when something else has written it. */
export function readJson<T>(schema: z.ZodType<T>, json: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined; // Not JSON: the same as not there, and it will be written anew.
  }
}
