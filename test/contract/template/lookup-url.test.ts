import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { evaluate } from "../../../src/template/evaluate.js";
import { Scope } from "../../../src/template/scope.js";
import { Template } from "../../../src/values/template.js";

/** In a thread of its own: an expression cannot wait, so nothing here could answer meanwhile. */
const SERVER = `
const { createServer } = require("node:http");
const { parentPort } = require("node:worker_threads");
const server = createServer((request, response) => {
  if (request.url === "/none") response.writeHead(404);
  if (request.url === "/slow") return;
  if (request.url === "/echo") return response.end(JSON.stringify(request.headers));
  response.end("one\\ntwo\\n");
});
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));`;

let worker: Worker;
let server = "";
beforeAll(async () => {
  worker = new Worker(SERVER, { eval: true });
  server = `127.0.0.1:${(await once(worker, "message"))[0]}`;
});
afterAll(() => worker.terminate());

const value = (source: string) => evaluate(new Template(source), new Scope([{ server }]));

test("what an address gives: lines, or all of it", () => {
  expect(value("{{ query('url', 'http://' ~ server ~ '/') }}")).toEqual(["one", "two"]);
  expect(value("{{ lookup('url', 'http://' ~ server ~ '/', split_lines=False) }}")).toBe("one\ntwo\n");
});

test("a login and headers go along", () => {
  const sent = value(
    "{{ lookup('url', 'http://' ~ server ~ '/echo', username='ann', password='s p', headers={'X-A': 'b'}) | from_json }}",
  );
  expect(sent).toMatchObject({ authorization: `Basic ${btoa("ann:s p")}`, "x-a": "b" });
  const address = value("{{ lookup('url', 'http://ann:s%20p@' ~ server ~ '/echo') | from_json }}");
  expect(address).toMatchObject({ authorization: `Basic ${btoa("ann:s p")}` });
});

test.each([
  ["http://u:secret@{{ server }}/none", /^'lookup' cannot fetch 'http:\/\/127.*\/none': .*HTTP 404/],
  ["http://{{ server }}/none", /HTTP 404/],
  ["file:///etc/passwd", /http:\/\/ and https:\/\/ addresses only/],
])("%s fails", (address, message) => {
  const url = address.replace("{{ server }}", server);
  const ask = () => value(`{{ lookup('url', '${url}') }}`);
  expect(ask).toThrow(message);
  expect(ask).not.toThrow(/secret/);
});

test("an answer that does not come is not waited for", () => {
  expect(() => value("{{ lookup('url', 'http://' ~ server ~ '/slow', timeout=0.2) }}")).toThrow(
    /cannot fetch/,
  );
});
