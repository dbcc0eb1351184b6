import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasAnsible, type PlayedTask, playWithAnsible, playWithFarm } from "../../lab/ansible.js";
import { MEANT } from "./meant-differences.js";

const PLAYBOOKS = join(import.meta.dirname, "../../fixtures/playbooks");

/** Fields that tell of the moment, or of Ansible's own workings. */
const PASSING = new Set([
  "start",
  "end",
  "stop",
  "delta",
  "invocation",
  "warnings",
  "deprecations",
  "skip_reason",
  "false_condition",
  "exception",
  "_ansible_no_log",
  "_ansible_verbose_always",
  "_ansible_verbose_override",
  "_ansible_item_label",
  "include_args",
  "diff",
  "atime",
  "mtime",
  "ctime",
  "inode",
  "md5sum",
  "remote_md5sum",
  "lnk_source",
  // Of stat, and not told by farm.
  "attr_flags",
  "attributes",
  "block_size",
  "blocks",
  "charset",
  "device_type",
  "executable",
  "mimetype",
  "readable",
  "version",
  "writeable",
]);

/** Lists in the order in which a directory, or the kernel, gives them. */
const UNORDERED = new Set(["archived", "expanded_paths", "expanded_exclude_paths", "ansible_interfaces"]);

/** What must be equal of a result; a failure's words may differ. */
function comparable(playbook: string, { task, status, ignored, result }: PlayedTask): unknown {
  const meant = (MEANT[playbook] ?? []).filter((each) => each.task === task || each.task === "*");
  if (meant.some(({ fields }) => fields === undefined)) return { task };
  const left = new Set(meant.flatMap(({ fields = [] }) => fields));
  // The status says whether it failed or was skipped; Ansible's callbacks are not told again.
  return { task, status, ignored, result: withoutStatus(trimmed(result, status === "failed", left)) };
}

function withoutStatus(result: unknown): unknown {
  const { failed: _failed, skipped: _skipped, ...rest } = result as Record<string, unknown>;
  return rest;
}

/** Where the file came from: with Ansible a temporary file on the machine. */
const isSource = (key: string, value: unknown): boolean =>
  key === "src" && typeof value === "string" && /\.ansible\/tmp\/|\/fixtures\/playbooks\//.test(value);

function trimmed(value: unknown, failed: boolean, left: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return value.map((each) => trimmed(each, failed, left));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, entry]) =>
      !PASSING.has(key) &&
      !left.has(key) &&
      !isSource(key, entry) &&
      !(failed && (key === "msg" || key === "path")) &&
      !(key === "failed" && entry === false),
  );
  return Object.fromEntries(entries.map(([key, entry]) => [key, trimmed(ordered(key, entry), failed, left)]));
}

const ordered = (key: string, value: unknown): unknown =>
  UNORDERED.has(key) && Array.isArray(value) ? [...(value as string[])].sort() : value;

/** Says hello to whoever connects. */
const greeter: Server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.end("hello farm\n");
});
let port: number;
beforeAll(async () => {
  greeter.listen(0, "127.0.0.1");
  await once(greeter, "listening");
  port = (greeter.address() as AddressInfo).port;
});
afterAll(() => greeter.close());

/** Played twice in a directory of its own: what was changed the first time must not be the second. */
async function twice(play: typeof playWithFarm, file: string): Promise<unknown[]> {
  const scratch = mkdtempSync(join(tmpdir(), "farm-differential-"));
  try {
    const vars = { scratch, greeter_port: port };
    const runs = [await play(file, { vars }), await play(file, { vars })];
    const name = basename(file, ".yaml");
    const tasks = runs.map((run) =>
      run.filter(({ task }) => task !== "include").map((each) => comparable(name, each)),
    );
    return JSON.parse(JSON.stringify(tasks).replaceAll(scratch, "/scratch")) as unknown[];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// CI has Ansible: there, its lack is a failure.
describe.runIf(hasAnsible || process.env["CI"])("the same playbook comes to the same as with Ansible", () => {
  for (const name of readdirSync(PLAYBOOKS).filter((each) => each.endsWith(".yaml")))
    it(name.replace(/\.yaml$/, "").replaceAll("-", " "), async () => {
      const file = join(PLAYBOOKS, name);
      const [ours, theirs] = await Promise.all([twice(playWithFarm, file), twice(playWithAnsible, file)]);
      expect(ours).toEqual(theirs);
    }, 300_000);
});
