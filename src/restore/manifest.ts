import { z } from "zod";
import { Trace } from "../trace.js";

/** From weak to strong: what stands further on holds all that the others do. */
export const POINT_KINDS = ["clean", "dependencies", "init"] as const;
export type PointKind = (typeof POINT_KINDS)[number];

const NAME = /^(clean|dependencies|init)-[0-9a-f]{16}-[0-9a-f]{8}$/;

/** What a restore point is, and all it was made from. Its being there is what makes the files beside it a restore point. */
export const Manifest = z.object({
  format: z.literal(1),
  /** The directory's. */
  name: z.string().regex(NAME),
  kind: z.enum(POINT_KINDS),
  /** Made in the midst of the kind's last phase: how many of its file's tasks it has behind it. */
  tasks: z.int().positive().optional(),
  project: z.string(),
  vm: z.string(),
  created: z.iso.datetime(),
  /** The point whose disks are below this one's; null: the images. */
  below: z.string().regex(NAME).nullable(),
  /** Absolute paths of the images at the bottom. */
  images: z.array(z.string()),
  /** What it was made from, by names that people understand. */
  inputs: z.record(z.string(), z.string()),
  trace: Trace,
  /** The domain whose memory was saved. */
  domain: z.object({ name: z.string(), uuid: z.uuid(), directory: z.string() }),
  /** The guest's process that farm was logged in by when the memory was saved: nobody is at its other end any more. */
  login: z.int().positive().optional(),
  /** The guest's SSH host key, base64. */
  hostKey: z.string().optional(),
  /** Whether the memory was saved: if not, a guest boots from the disks. */
  live: z.boolean(),
  /** Which of the definition's disks are files of the point; the others are read-only images. */
  disks: z.array(z.int().nonnegative()),
  /** Whether it has a NoCloud disk. */
  seed: z.boolean(),
});
export type Manifest = z.infer<typeof Manifest>;

/** What messages call a point. */
export const pointTitle = ({ kind, tasks }: Pick<Manifest, "kind" | "tasks">): string =>
  tasks === undefined ? `'${kind}'` : `a checkpoint in '${kind}'`;

/** `farm/points` in a pool directory: a directory a point, and half made ones ending in `.part-` and a VM's directory name. */
export const pointsDirectory = (pool: string): string => `${pool}/farm/points`;

/** A manifest as it was found; undefined when something else has written it. @param name of its directory */
export function readManifest(name: string, json: string): Manifest | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined; // the same as not there: `gc` removes it
  }
  const manifest = Manifest.safeParse(value).data;
  return manifest?.name === name ? manifest : undefined;
}
