import { closest, distance } from "fastest-levenshtein";
import { z } from "zod";
import { parseSize } from "../../values/size.js";
import { parseChecksum } from "./checksum.js";
import { guestArguments } from "./guest-settings.js";
import { isHttp, normaliseSource } from "./source-url.js";

const text = z.string().min(1);
const name = text.regex(/^[^\p{Cc}]+$/u, "a name cannot hold control characters");
const format = z.enum(["qcow2", "raw"]);
export type ImageFormat = z.infer<typeof format>;

/** How farm's key gets into a guest: a NoCloud seed disk, a systemd credential, virt-customize, or not at all. */
const inject = z.enum(["nocloud", "credential", "customize", "none"]);
export type Inject = z.infer<typeof inject>;

const source = text.transform((value, context) => {
  const normalised = normaliseSource(value);
  if (normalised !== undefined) return normalised;
  context.addIssue("an image's src is an http(s) URL, a file:// URL, or a path that begins with / or ~/");
  return z.NEVER;
});

const mirror = source.refine(isHttp, "a mirror is an http(s) URL");

const checksum = text.transform((value, context) => {
  const parsed = parseChecksum(value);
  if (typeof parsed !== "string") return parsed;
  context.addIssue(parsed);
  return z.NEVER;
});

const size = z.union([z.string(), z.number()]).transform((value, context) => {
  const bytes = parseSize(value);
  if (bytes !== undefined) return bytes;
  context.addIssue("a size is a number of bytes or like 10G, 10GiB, 512M");
  return z.NEVER;
});

/** unzip would take it as a pattern, and tar as an option. */
const member = name.regex(
  /^[^-*?[\]\\][^*?[\]\\]*$/,
  "a member's name holds none of * ? [ ] \\ and begins with no -",
);

const partition = z.coerce.number().int().min(1).max(128);

/** The callbacks that farm knows by itself and the arguments each takes. */
const SCHEMAS = {
  fetch: z
    .strictObject({
      src: source,
      dest: name,
      checksum: checksum.optional(),
      mirrors: z.array(mirror).optional(),
    })
    .refine(({ src, mirrors }) => mirrors === undefined || isHttp(src), {
      path: ["mirrors"],
      error: "a file of the hypervisor has no mirrors",
    }),
  copy: z.strictObject({ src: name, dest: name }),
  unarchive: z.strictObject({ src: name, dest: name.optional(), member: member.optional() }),
  img_convert: z.strictObject({
    src: name,
    dest: name.optional(),
    from: format.optional(),
    to: format.default("qcow2"),
  }),
  extend_and_convert: z.strictObject({
    src: name,
    dest: name.optional(),
    size: size.optional(),
    partition_number: partition.optional(),
    from_format: format.optional(),
    to_format: format.optional(),
  }),
  setup_image: z.strictObject({
    src: name,
    dest: name.optional(),
    inject: inject.default("nocloud"),
    ...guestArguments,
  }),
  setup_cloudinit_iso: z.strictObject({ dest: name, ...guestArguments }),
  install_to_libvirt: z.strictObject({ src: name, dest: name.optional() }),
};

export type CallbackName = keyof typeof SCHEMAS;
export type ParsedCallback = {
  [N in CallbackName]: { name: N; args: z.infer<(typeof SCHEMAS)[N]> };
}[CallbackName];

const NAMES = Object.keys(SCHEMAS) as CallbackName[];

/** A mistake in a callback: the argument it is about, what is wrong, what to do. */
export interface CallbackProblem {
  readonly argument: string;
  readonly message: string;
  readonly hint?: string;
}

/** The callback of farm's own that a name or path means: `fetch` and `callbacks/sources/fetch.yaml` are one. */
export function builtInCallback(written: string): CallbackName | undefined {
  const bare = bareName(written);
  return NAMES.find((candidate) => candidate === bare);
}

const bareName = (written: string): string =>
  written.slice(written.lastIndexOf("/") + 1).replace(/\.ya?ml$/i, "");

/** What to say of a callback that is neither farm's nor the user's. @param near what the user has, and where it was looked for */
export function noCallback(
  written: string,
  { names, places }: { readonly names: readonly string[]; readonly places: readonly string[] },
): CallbackProblem {
  const bare = bareName(written);
  const nearest = closest(bare, [...NAMES, ...names]);
  const typo = distance(bare, nearest) <= 3;
  const looked = places.length === 0 ? "" : `; looked for ${places.join(", ")}`;
  return {
    argument: "callback",
    message: `there is no callback '${written}'`,
    hint: typo ? `did you mean '${nearest}'?` : `farm's own are ${NAMES.join(", ")}${looked}`,
  };
}

/** One of farm's own with its arguments' types checked and sizes, checksums and sources parsed; or what is wrong with it. */
export function parseCallback(
  known: CallbackName,
  callback: Readonly<Record<string, unknown>>,
): ParsedCallback | CallbackProblem[] {
  const { callback: _name, ...args } = callback;
  const parsed = SCHEMAS[known].safeParse(args);
  if (parsed.success) return { name: known, args: parsed.data } as ParsedCallback;
  return parsed.error.issues.flatMap((issue) => problems(known, issue));
}

function problems(callback: CallbackName, issue: z.core.$ZodIssue): CallbackProblem[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownArgument(callback, key));
  const argument = String(issue.path[0] ?? "callback");
  return [{ argument, message: `callback '${callback}': ${argument}: ${issue.message}` }];
}

function unknownArgument(callback: CallbackName, key: string): CallbackProblem {
  const known = Object.keys(SCHEMAS[callback].shape);
  const nearest = closest(key, known);
  const message = `callback '${callback}' has no argument '${key}'`;
  const hint = distance(key, nearest) <= 3 ? `did you mean '${nearest}'?` : `it takes ${known.join(", ")}`;
  return { argument: key, message, hint };
}
