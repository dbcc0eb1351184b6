import { spawnSync } from "node:child_process";
import type { Call } from "./filters/call.js";
import { terms } from "./lookup-files.js";
import { isMapping, pythonText, truthy } from "./python.js";

const LONGEST = 16 * 1024 * 1024;

/** Expressions cannot wait, so another process does. Addresses and passwords go through its stdin. */
const FETCH = `
let given = "";
process.stdin.on("data", (chunk) => (given += chunk)).on("end", async () => {
  const { url, headers, timeoutMs } = JSON.parse(given);
  try {
    const answer = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs) });
    if (!answer.ok) throw new Error("HTTP " + answer.status + " " + answer.statusText);
    process.stdout.write(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    process.stderr.write((error.cause?.message ?? error.message).split("\\n")[0]);
    process.exitCode = 1;
  }
});`;

/** What stands at addresses, fetched by the machine that farm runs on: its lines, or with split_lines=False all of it. */
export const url = (call: Call): string[] =>
  terms(call).flatMap((address) => {
    const text = fetched(call, address);
    if (!truthy(call.kwargs["split_lines"] ?? true)) return [text];
    const lines = text.split(/\r\n|\r|\n/);
    return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
  });

function fetched(call: Call, address: string): string {
  const { kwargs } = call;
  if (!/^https?:\/\//i.test(address)) return call.fail("fetches http:// and https:// addresses only");
  const seconds = Number(kwargs["timeout"] ?? 10);
  const [, start = "", login, rest = ""] = /^(\w+:\/\/)(?:([^/@]*)@)?([\s\S]*)$/.exec(address) ?? [];
  const url = start + rest;
  const input = JSON.stringify({ url, headers: headersOf(call, login), timeoutMs: seconds * 1000 });
  const anyCertificate = !truthy(kwargs["validate_certs"] ?? true);
  const env = {
    ...process.env,
    ...(anyCertificate && { NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" }),
  };
  const { status, stdout, stderr, error } = spawnSync(process.execPath, ["-e", FETCH], {
    input,
    env,
    encoding: "utf8",
    maxBuffer: LONGEST,
    timeout: (seconds + 5) * 1000,
  });
  if (status === 0 && !error) return stdout;
  return call.fail(`cannot fetch '${url}': ${error?.message ?? stderr}`);
}

/** @param inAddress `user:password` of the address, percent-encoded */
function headersOf({ kwargs }: Call, inAddress: string | undefined): Record<string, string> {
  const given = isMapping(kwargs["headers"]) ? kwargs["headers"] : {};
  const user = kwargs["username"];
  const login =
    user === undefined || user === null
      ? inAddress && decodeURIComponent(inAddress)
      : `${pythonText(user)}:${pythonText(kwargs["password"] ?? "")}`;
  return {
    "user-agent": pythonText(kwargs["http_agent"] ?? "ansible-httpget"),
    ...(login && { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, pythonText(value)])),
  };
}
