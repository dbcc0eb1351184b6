import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface ImageServer {
  readonly url: string;
  /** `GET /path` of each request, in order. */
  readonly requests: string[];
  /** Of the same requests. */
  readonly headers: IncomingHttpHeaders[];
  /** Answers a path; `count` is how often it was asked before. */
  on(path: string, handler: Handler): void;
  close(): Promise<void>;
}

/** A real HTTP server on loopback; a path that no test has set up answers 404. */
export async function imageServer(): Promise<ImageServer> {
  const handlers = new Map<string, Handler>();
  const requests: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const line = `${request.method} ${path}`;
    const count = requests.filter((earlier) => earlier === line).length;
    requests.push(line);
    headers.push(request.headers);
    const handler = handlers.get(path);
    if (handler) return handler(request, response, count);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    headers,
    on: (path, handler) => void handlers.set(path, handler),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Sends a whole body with its length, and nothing of it for HEAD. */
export const serve =
  (body: Buffer, headers: Record<string, string> = {}): Handler =>
  (request, response) => {
    response.writeHead(200, { "content-length": body.length, ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  };

/** As `serve`, and the rest of it for who asks for that (and has the beginning of the same, by `If-Range`). */
export const serveRanges =
  (body: Buffer, headers: Record<string, string> = {}): Handler =>
  (request, response, count) => {
    const [, start] = /^bytes=(\d+)-$/.exec(request.headers.range ?? "") ?? [];
    const condition = request.headers["if-range"]?.toString();
    const same = condition === undefined || Object.values(headers).includes(condition);
    if (start === undefined || !same) return serve(body, headers)(request, response, count);
    if (Number(start) >= body.length) return void response.writeHead(416).end();
    const rest = body.subarray(Number(start));
    const range = `bytes ${start}-${body.length - 1}/${body.length}`;
    response.writeHead(206, { "content-length": rest.length, "content-range": range, ...headers });
    response.end(rest);
  };

/** Sends the beginning of what another handler would send, with the whole length, and hangs up. */
export const cutOff =
  (body: Buffer, bytes: number, headers: Record<string, string> = {}): Handler =>
  (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = `bytes ${start}-${body.length - 1}/${body.length}`;
    const length = { "content-length": body.length - start };
    response.writeHead(start > 0 ? 206 : 200, {
      ...length,
      ...(start > 0 && { "content-range": range }),
      ...headers,
    });
    response.write(body.subarray(start, start + bytes), () => response.destroy());
  };

/** Streams a file with its length. */
export const serveFile =
  (path: string): Handler =>
  (request, response) => {
    response.writeHead(200, { "content-length": statSync(path).size });
    if (request.method === "HEAD") response.end();
    else createReadStream(path).pipe(response);
  };
