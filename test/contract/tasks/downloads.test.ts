import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { getUrl } from "../../../src/tasks/modules/get-url.js";
import { uri } from "../../../src/tasks/modules/uri.js";
import { localShell } from "../../../src/transport/local-shell.js";
import type { Shell } from "../../../src/transport/shell.js";
import { busyboxPath, hasBusybox, pathWithout } from "../../lab/busybox-path.js";
import { type ImageServer, imageServer } from "../../lab/image-server.js";
import { runModule } from "../../lab/module-machine.js";

const CONTENT = "a file\nof two lines\n";
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const MODIFIED = new Date("2020-02-02T02:02:02Z");

const paths = mkdtempSync(join(tmpdir(), "farm-tools-"));
const TOOLS = [
  { tool: "curl", path: () => process.env["PATH"] ?? "" },
  { tool: "GNU wget", path: () => pathWithout(join(paths, "wget"), ["curl"]) },
  ...(hasBusybox ? [{ tool: "busybox", path: () => busyboxPath(join(paths, "busybox")) }] : []),
  ...(hasBusybox
    ? [{ tool: "curl under busybox", path: () => busyboxPath(join(paths, "both"), ["curl"]) }]
    : []),
];

/** What busybox's own TLS can do. */
const OLD_TLS = { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256:AES128-SHA256:@SECLEVEL=0" } as const;

/** Signed by itself; undefined where there is no openssl to make it. */
const certificate = (() => {
  const at = (name: string) => join(paths, name);
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const files = ["-keyout", at("key.pem"), "-out", at("cert.pem")];
  const { status } = spawnSync("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    ...files,
    ...subject,
  ]);
  return status === 0 ? { key: readFileSync(at("key.pem")), cert: readFileSync(at("cert.pem")) } : undefined;
})();

let server: ImageServer;
let home: string;
let served: string;

/** As a web server serves a file: with its time, so that it need not be sent again. */
function serveFile(request: IncomingMessage, response: ServerResponse): void {
  const since = Date.parse(request.headers["if-modified-since"] ?? "");
  response.setHeader("Last-Modified", MODIFIED.toUTCString());
  if (since >= MODIFIED.getTime()) response.writeHead(304).end();
  else response.end(request.method === "HEAD" ? undefined : served);
}

beforeAll(async () => {
  server = await imageServer();
  server.on("/file.txt", serveFile);
  server.on("/file.txt?x=/1", serveFile);
  server.on("/no-time", (request, response) => response.end(request.method === "HEAD" ? "" : served));
  server.on("/moved", (_request, response) => response.writeHead(302, { Location: "/file.txt?x=/1" }).end());
  server.on("/named", (_request, response) =>
    response.setHeader("Content-Disposition", 'attachment; filename="../na me.txt"').end(served),
  );
  server.on("/broken", (_request, response) => {
    response.setHeader("Content-Length", 1000).write("half");
    setImmediate(() => response.destroy());
  });
  server.on("/private", (request, response) => {
    const expected = `Basic ${Buffer.from(`us er:p"w\\d' #ä`).toString("base64")}`;
    if (request.headers.authorization === expected) return response.end("secret");
    response.writeHead(401, { "WWW-Authenticate": 'Basic realm="x"' }).end();
  });
  server.on("/sums", (_request, response) =>
    response.end(`${"0".repeat(64)}  other\n${sha256(CONTENT)} *file.txt\n`),
  );
  server.on("/echo", (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, headers } = request;
      const body = Buffer.concat(chunks).toString("utf8");
      response.setHeader("Content-Type", "application/json").end(JSON.stringify({ method, headers, body }));
    });
  });
});
afterAll(async () => {
  await server.close();
  rmSync(paths, { recursive: true, force: true });
});
beforeEach(() => {
  served = CONTENT;
  home = mkdtempSync(join(tmpdir(), "farm-downloads-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe.each(TOOLS)("with $tool", ({ tool, path }) => {
  let shell: Shell;
  let PATH = "";
  beforeAll(() => {
    PATH = path();
  });
  beforeEach(() => {
    shell = localShell({ name: "here", home, env: { PATH, TMPDIR: home } });
  });
  afterEach(async () => {
    await shell.close();
    expect(readdirSync(home).filter((name) => /^tmp\.|^\.farm/.test(name))).toEqual([]);
  });

  const dest = () => join(home, "a file");
  const fetch = (args: Record<string, unknown>, options = {}) => runModule(getUrl, args, shell, options);

  it("downloads a file once", async () => {
    const args = { url: `${server.url}/file.txt`, dest: dest(), mode: "0640" };
    expect(await fetch(args)).toMatchObject({
      changed: true,
      status_code: 200,
      mode: "0640",
      size: CONTENT.length,
    });
    expect(readFileSync(dest(), "utf8")).toBe(CONTENT);
    expect(statSync(dest()).mode & 0o777).toBe(0o640);
    expect(await fetch(args)).toMatchObject({ changed: false, status_code: 304 });
    expect(await fetch({ ...args, mode: "0600" })).toMatchObject({ changed: true, mode: "0600" });
  });

  it("replaces an older file, with a copy of it kept", async () => {
    writeFileSync(dest(), "old");
    const args = { url: `${server.url}/no-time`, dest: dest(), backup: true };
    const { backup_file, ...result } = await fetch(args);
    expect(result).toMatchObject({ changed: true });
    expect(readFileSync(String(backup_file), "utf8")).toBe("old");
    expect(await fetch(args)).toMatchObject({ changed: false });
  });

  it("downloads nothing when the checksum is right, and keeps the old file when what comes is wrong", async () => {
    const args = { url: `${server.url}/file.txt`, dest: dest(), checksum: `sha256:${sha256(CONTENT)}` };
    expect(await fetch(args)).toMatchObject({ changed: true });
    const before = server.requests.length;
    expect(await fetch(args)).toMatchObject({ changed: false, msg: "file already exists" });
    expect(server.requests.length).toBe(before);
    served = "something else";
    expect(await fetch({ ...args, force: true })).toMatchObject({ failed: true });
    expect(readFileSync(dest(), "utf8")).toBe(CONTENT);
  });

  it("takes the checksum from a list", async () => {
    const args = { url: `${server.url}/file.txt`, dest: dest(), checksum: `sha256:${server.url}/sums` };
    expect(await fetch(args)).toMatchObject({ changed: true });
    expect(await fetch(args)).toMatchObject({ changed: false });
    expect(await fetch({ ...args, url: `${server.url}/no-time` })).toMatchObject({ failed: true });
  });

  it("puts a file into a directory by the server's name, but never outside of it", async () => {
    const into = join(home, "into");
    mkdirSync(into);
    expect(await fetch({ url: `${server.url}/moved`, dest: into })).toMatchObject({
      changed: true,
      dest: `${into}/file.txt`,
    });
    expect(await fetch({ url: `${server.url}/moved`, dest: `${into}/` })).toMatchObject({ changed: false });
    expect(await fetch({ url: `${server.url}/named`, dest: into })).toMatchObject({
      dest: `${into}/na me.txt`,
    });
    expect(readdirSync(into).sort()).toEqual(["file.txt", "na me.txt"]);
  });

  it("says what the server refused, and leaves nothing of half a file", async () => {
    expect(await fetch({ url: `${server.url}/none`, dest: dest() })).toMatchObject({
      failed: true,
      status_code: 404,
    });
    expect(await fetch({ url: `${server.url}/broken`, dest: dest() })).toMatchObject({ failed: true });
    expect(await fetch({ url: "http://127.0.0.1:1/x", dest: dest() })).toMatchObject({
      failed: true,
      msg: expect.stringMatching(/refused|connect/),
    });
    expect(readdirSync(home)).toEqual([]);
  });

  it("changes nothing in a check", async () => {
    const args = { url: `${server.url}/file.txt`, dest: dest() };
    expect(await fetch(args, { check: true })).toMatchObject({ changed: true });
    expect(await fetch({ ...args, url: `${server.url}/none` }, { check: true })).toMatchObject({
      failed: true,
    });
    expect(existsSync(dest())).toBe(false);
    await fetch(args);
    expect(await fetch(args, { check: true })).toMatchObject({ changed: false });
  });

  it("logs in without showing the password, or refuses", async () => {
    const args = {
      url: `${server.url}/private`,
      dest: dest(),
      url_username: "us er",
      url_password: `p"w\\d' #ä`,
    };
    const result = await fetch(args);
    if (tool === "busybox") {
      expect(result).toMatchObject({ failed: true, msg: expect.stringMatching(/install curl/) });
    } else {
      expect(result).toMatchObject({ changed: true });
      expect(readFileSync(dest(), "utf8")).toBe("secret");
      const inUrl = server.url.replace("//", `//us%20er:${encodeURIComponent(`p"w\\d' #ä`)}@`);
      const again = await fetch({ url: `${inUrl}/private`, dest: dest(), force: true });
      expect(again).toMatchObject({ changed: false, url: `${server.url}/private` });
    }
  });

  it("reads JSON", async () => {
    const headers = { "X-Odd": `a "quoted" \\ 'value' $HOME` };
    const result = await runModule(uri, { url: `${server.url}/echo?a=b&c[]={d}`, headers }, shell);
    expect(result).toMatchObject({ changed: false, status: 404 });
    const good = await runModule(uri, { url: `${server.url}/echo`, headers, return_content: true }, shell);
    expect(good).toMatchObject({
      changed: false,
      status: 200,
      content_type: "application/json",
      json: { method: "GET", headers: { "x-odd": headers["X-Odd"], "user-agent": "ansible-httpget" } },
    });
    expect(JSON.parse(String(good["content"]))).toEqual(good["json"]);
  });

  it("takes another status as a failure, unless it is wanted", async () => {
    const url = `${server.url}/none`;
    expect(await runModule(uri, { url }, shell)).toMatchObject({ failed: true, status: 404 });
    expect(await runModule(uri, { url, status_code: "200, 404" }, shell)).toMatchObject({ status: 404 });
    expect(await runModule(uri, { url: "http://127.0.0.1:1/" }, shell)).toMatchObject({
      failed: true,
      status: -1,
    });
  });

  it("writes an answer to a file once", async () => {
    const args = { url: `${server.url}/file.txt`, dest: dest(), mode: "0600" };
    expect(await runModule(uri, args, shell, { check: true })).toMatchObject({ changed: true, status: 200 });
    expect(existsSync(dest())).toBe(false);
    expect(await runModule(uri, args, shell)).toMatchObject({ changed: true, path: dest(), mode: "0600" });
    expect(readFileSync(dest(), "utf8")).toBe(CONTENT);
    expect(await runModule(uri, args, shell)).toMatchObject({ changed: false, status: 304 });
    expect(await runModule(uri, { ...args, url: `${server.url}/no-time` }, shell)).toMatchObject({
      changed: false,
    });
  });

  it("follows redirections as it is told", async () => {
    const url = `${server.url}/moved`;
    expect(await runModule(uri, { url }, shell)).toMatchObject({
      status: 200,
      redirected: true,
      url: `${server.url}/file.txt?x=/1`,
    });
    if (tool === "busybox") return;
    expect(await runModule(uri, { url, follow_redirects: "none", status_code: 302 }, shell)).toMatchObject({
      status: 302,
      redirected: false,
      location: `${server.url}/file.txt?x=/1`,
    });
  });

  it("sends bodies", async () => {
    const send = (more: Record<string, unknown>) =>
      runModule(uri, { url: `${server.url}/echo`, ...more }, shell);
    const body = { text: "ä 'x' \"y\"\n", list: [1, true, null] };
    const json = await send({ method: "POST", body_format: "json", body });
    if (tool === "busybox")
      return expect(json).toMatchObject({ failed: true, msg: expect.stringMatching(/curl/) });
    expect(json).toMatchObject({ json: { method: "POST", headers: { "content-type": "application/json" } } });
    expect(JSON.parse((json["json"] as { body: string }).body)).toEqual(body);
    expect(await send({ method: "put", body: "raw\n" })).toMatchObject({
      json: { method: "PUT", body: "raw\n" },
    });
    expect(await send({ method: "DELETE" })).toMatchObject({ json: { method: "DELETE", body: "" } });
    expect(
      await send({ method: "POST", body_format: "form-urlencoded", body: { a: "b c&", d: [1, 2] } }),
    ).toMatchObject({
      json: { body: "a=b+c%26&d=1&d=2", headers: { "content-type": "application/x-www-form-urlencoded" } },
    });
    writeFileSync(join(home, "up load"), "of a file");
    expect(await send({ method: "POST", src: join(home, "up load"), remote_src: true })).toMatchObject({
      json: { body: "of a file" },
    });
  });

  it.skipIf(!certificate)("refuses a server whose certificate nobody vouches for", async () => {
    const secure = createServer({ ...certificate, ...OLD_TLS }, (_request, response) =>
      response.end(CONTENT),
    );
    await new Promise<void>((resolve) => secure.listen(0, "127.0.0.1", resolve));
    const args = { url: `https://127.0.0.1:${(secure.address() as AddressInfo).port}/f`, dest: dest() };
    expect(await fetch(args)).toMatchObject({ failed: true, msg: expect.stringMatching(/certificate/i) });
    expect(await runModule(uri, { url: args.url }, shell)).toMatchObject({ failed: true, status: -1 });
    expect(existsSync(dest())).toBe(false);
    expect(await fetch({ ...args, validate_certs: false })).toMatchObject({ changed: true });
    expect(await runModule(uri, { url: args.url, validate_certs: false }, shell)).toMatchObject({
      status: 200,
    });
    await new Promise((resolve) => {
      secure.closeAllConnections();
      secure.close(resolve);
    });
  });
});
