import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface ImageServer {
  readonly url: string;
  /** `GET /path` of each request, in order. */
  readonly requests: string[];
  /** Answers a path; `count` is how often it was asked before. */
  on(path: string, handler: Handler): void;
  close(): Promise<void>;
}

/** A real HTTP server on loopback; a path that no test has set up answers 404. */
export async function imageServer(): Promise<ImageServer> {
  const handlers = new Map<string, Handler>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    const line = `${request.method} ${path}`;
    const count = requests.filter((earlier) => earlier === line).length;
    requests.push(line);
    const handler = handlers.get(path);
    if (handler) return handler(request, response, count);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
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

/** Streams a file with its length. */
export const serveFile =
  (path: string): Handler =>
  (request, response) => {
    response.writeHead(200, { "content-length": statSync(path).size });
    if (request.method === "HEAD") response.end();
    else createReadStream(path).pipe(response);
  };
