import { z } from "zod";
import type { ImageFormat } from "../recipe/callbacks.js";
import { FLATTEN, type HeaderVerdict } from "./image-header.js";

/** Loose: whatever else `qemu-img info --output=json` prints is not ours to judge. */
const QemuImgInfo = z.looseObject({
  format: z.string(),
  "virtual-size": z.int().nonnegative(),
  "backing-filename": z.string().optional(),
  encrypted: z.boolean().optional(),
  "format-specific": z
    .looseObject({ data: z.looseObject({ "data-file": z.string().optional() }).optional() })
    .optional(),
});

export type InfoVerdict =
  | { readonly virtualSizeBytes: number }
  | Exclude<HeaderVerdict, { format: ImageFormat }>;

/** What `qemu-img info` says about an image of that format: its virtual size, or why farm does not take it. */
export function judgeInfo(json: string, format: ImageFormat): InfoVerdict {
  const info = QemuImgInfo.safeParse(parse(json));
  if (!info.success) return { refused: "qemu-img info cannot read it" };
  const { data } = info;
  if (data.format !== format) return { refused: `it is ${data.format}, not ${format}` };
  if (data["backing-filename"] !== undefined) return { refused: "it names a backing file", hint: FLATTEN };
  if (data["format-specific"]?.data?.["data-file"] !== undefined)
    return { refused: "it names a data file", hint: FLATTEN };
  if (data.encrypted === true) return { refused: "it is encrypted" };
  if (data["virtual-size"] === 0) return { refused: "its virtual size is 0" };
  return { virtualSizeBytes: data["virtual-size"] };
}

/** Why `qemu-img check` says an image is bad; leaked clusters (3) waste space and harm nothing, raw has no check (63). */
export function judgeCheck(code: number): string | undefined {
  if (code === 0 || code === 3 || code === 63) return undefined;
  if (code === 2) return "its qcow2 structure is damaged (cut off, or changed on its way)";
  return `qemu-img check ended with ${code}`;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // The schema says what is wrong with that.
  }
}
