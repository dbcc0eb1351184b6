import { z } from "zod";
import { settleToolPackages } from "../packages/tool-packages.js";
import { bool, path, text } from "./arguments.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  name: text().describe("the gem"),
  version: text().optional().describe("its version"),
  state: z.enum(["present", "latest", "absent"]).default("present").describe("what shall be of it"),
  user_install: bool().default(true).describe("for the task's user only"),
  executable: path().optional().describe("which gem"),
  include_dependencies: bool().default(true).describe("what it needs, too"),
  pre_release: bool().default(false).describe("versions before a release too"),
});

/** Gems of Ruby. */
export const gem: Module<z.infer<typeof Args>> = {
  name: "gem",
  summary: "Installs and removes gems of Ruby.",
  args: Args,
  differs: ["install_dir, bindir, build_flags and the like are not there."],
  async run(args, context) {
    const program = args.executable ?? "gem";
    const version = args.version === undefined ? [] : ["--version", args.version];
    const pattern = `^${args.name.replace(/[.+^${}()|[\]\\*?]/g, "\\$&")}$`;
    const install = [
      "install",
      args.user_install ? "--user-install" : "--no-user-install",
      ...(args.include_dependencies ? [] : ["--ignore-dependencies"]),
      ...(args.pre_release ? ["--pre"] : []),
      "--no-document",
      ...version,
      args.name,
    ];
    const remove = [
      "uninstall",
      "--executables",
      ...(args.version === undefined ? ["--all"] : version),
      args.name,
    ];
    const result = await settleToolPackages(
      {
        tool: "gem",
        ask: { argv: [program, "list", "--local", "--quiet", pattern, ...version] },
        isUnsettled: (_code, stdout) => {
          const there = stdout.split("\n").some((line) => line.startsWith(`${args.name} (`));
          return args.state === "latest" || there === (args.state === "absent");
        },
        act: { argv: [program, ...(args.state === "absent" ? remove : install)] },
      },
      context,
    );
    return { ...result, name: args.name, version: args.version ?? null, state: args.state };
  },
};
