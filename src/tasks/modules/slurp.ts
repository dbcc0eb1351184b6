import { z } from "zod";
import { path } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { readRemote } from "../remote/content.js";

const Args = z.strictObject({ src: path().describe("the file; up to 256 MiB") });

/** A file's content as base64. */
export const slurp: Module<z.infer<typeof Args>> = {
  name: "slurp",
  summary: "Reads a file: `content` is its bytes in base64.",
  args: Args,
  aliases: { path: "src" },
  async run({ src }, context) {
    const file = await readRemote(context, src);
    if (!file) throw new ModuleFailure(`file not found: ${src}`);
    return { changed: false, content: file.content.toString("base64"), encoding: "base64", source: src };
  },
};
