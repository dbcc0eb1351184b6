import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasAnsible, playWithAnsible, playWithFarm } from "../../lab/ansible.js";
import { comparable } from "../../lab/comparison.js";
import { type ImageServer, imageServer, serve } from "../../lab/image-server.js";
import { MEANT } from "./meant-differences.js";

const PLAYBOOKS = join(import.meta.dirname, "../../fixtures/playbooks");

/** Says hello to whoever connects. */
const greeter: Server = createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.end("hello farm\n");
});
let port: number;
let server: ImageServer;
beforeAll(async () => {
  server = await imageServer();
  server.on("/hello", serve(Buffer.from("hello\n"), { "content-type": "text/plain" }));
  server.on("/named", serve(Buffer.from("named\n"), { "content-type": "text/plain" }));
  server.on("/json", serve(Buffer.from('{"a": [1, "two"]}'), { "content-type": "application/json" }));
  server.on("/echo", (request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    request.pipe(response);
  });
  greeter.listen(0, "127.0.0.1");
  await once(greeter, "listening");
  port = (greeter.address() as AddressInfo).port;
});
afterAll(async () => {
  greeter.close();
  await server.close();
});

/** Played twice in a directory of its own: what was changed the first time must not be the second. */
async function twice(play: typeof playWithFarm, file: string): Promise<unknown[][]> {
  const scratch = mkdtempSync(join(tmpdir(), "farm-differential-"));
  try {
    const vars = { scratch, greeter_port: port, server: server.url };
    const runs = [await play(file, { vars }), await play(file, { vars })];
    const name = basename(file, ".yaml");
    const tasks = runs.map((run) =>
      run.filter(({ task }) => task !== "include").map((each) => comparable(each, MEANT[name])),
    );
    const told = JSON.stringify(tasks).replaceAll(scratch, "/scratch");
    // What Python's texts are called depends on where they come from.
    return JSON.parse(told.replaceAll("ansible.parsing.yaml.objects.AnsibleUnicode", "str")) as unknown[][];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Playbooks whose last task fails, to see what becomes of that. */
const BREAK_OFF: ReadonlySet<string> = new Set(["mistakes.yaml", "plays.yaml"]);

const isBroken = (task: unknown): boolean => {
  const { status, ignored } = task as { status: string; ignored: boolean };
  return status === "failed" && !ignored;
};

// CI has Ansible: there, its lack is a failure.
describe.runIf(hasAnsible || process.env["CI"])("the same playbook comes to the same as with Ansible", () => {
  for (const name of readdirSync(PLAYBOOKS).filter((each) => each.endsWith(".yaml")))
    it(name.replace(/\.yaml$/, "").replaceAll("-", " "), async () => {
      const file = join(PLAYBOOKS, name);
      const [ours, theirs] = await Promise.all([twice(playWithFarm, file), twice(playWithAnsible, file)]);
      expect(ours).toEqual(theirs);
      // Two plays that break off at the same task have not compared what comes after it.
      if (!BREAK_OFF.has(name)) expect(theirs.map((run) => run.at(-1)).filter(isBroken)).toEqual([]);
    }, 300_000);
});
