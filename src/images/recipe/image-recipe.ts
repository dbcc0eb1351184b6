import type { Mapping } from "../../values/mapping.js";
import type { ImageFormat, Inject } from "./callbacks.js";
import type { Checksum } from "./checksum.js";
import type { GuestSettings } from "./guest-settings.js";

/** Everything that decides what one disk of a VM is made from. */
export interface ImageRecipe {
  /** The disk's `src` in the definition. */
  readonly dest: string;
  /** An http(s) URL, or a path on the hypervisor that begins with `/` or `~/`. */
  readonly url: string;
  /** Other addresses of the same file, in the order in which they are tried. */
  readonly mirrors?: readonly string[];
  readonly checksum?: Checksum;
  /** What the user says the image is; the content decides where he says nothing, and must agree where he does. */
  readonly format?: ImageFormat;
  /** Virtual size of the disk; the image's own when absent. */
  readonly sizeBytes?: number;
  /** The partition that shall fill the grown disk. */
  readonly partitionNumber?: number;
  /** The source is an archive: the image is the named member, or the only one that can be meant. */
  readonly unpack?: { readonly member?: string };
  /** The format that the image shall have, whatever the source's is. */
  readonly convertTo?: ImageFormat;
  readonly inject: Inject;
  /** What the guest is told at its first boot, of the user's own. */
  readonly guest?: GuestSettings;
  /** Made by a callback of the user's; `url` is then its task file, as messages show it. */
  readonly made?: OwnCallback;
  /** Not an image: cloud-init's disk, which farm makes for each VM. */
  readonly seed?: true;
  /** A file of the user's own in the pool directory: used where it is, never copied and never written to. */
  readonly inPlace: boolean;
}

/** An image as far as a source's callbacks have come with it. */
export type Provided = Omit<ImageRecipe, "dest">;

/** A task file of the user's that runs on the hypervisor while images are prepared. */
export interface OwnCallback {
  /** The task file, absolute. */
  readonly file: string;
  /** The same as messages show it. */
  readonly shown: string;
  /** What its tasks see as `task`: the callback with all its arguments. */
  readonly task: Mapping;
  /** What they see as `source`. */
  readonly source: Mapping;
  /** The image that it is given, under a name. */
  readonly from?: { readonly name: string; readonly recipe: Provided };
  /** The image that it makes; undefined when it makes none. */
  readonly dest?: string;
}
