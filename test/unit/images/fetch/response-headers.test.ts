import { describe, expect, test } from "vitest";
import { parseHeaders } from "../../../../src/images/fetch/response-headers.js";

describe("parseHeaders", () => {
  test("of several responses, the last", () => {
    const text =
      'HTTP/1.1 302 Found\r\nContent-Length: 5\r\nETag: "old"\r\n\r\nHTTP/2 200\r\ncontent-length: 42\r\nETag: W/"a"\r\nLast-Modified: Mon\r\n\r\n';
    expect(parseHeaders(text)).toEqual({
      status: 200,
      contentLength: 42,
      etag: 'W/"a"',
      lastModified: "Mon",
    });
  });
  test("as wget prints them", () => {
    expect(
      parseHeaders("  HTTP/1.0 404 Not Found\n  Content-Length: 9\nhttp://x:\n2026 ERROR 404: Not Found.\n"),
    ).toEqual({ status: 404, contentLength: 9 });
  });
  test("of a part, the length of the whole", () => {
    const part = "HTTP/1.1 206 Partial\r\nContent-Length: 2\r\nContent-Range: bytes 8-9/10\r\n";
    expect(parseHeaders(part)).toEqual({ status: 206, contentLength: 10 });
    expect(parseHeaders(part.replace("/10", "/*"))).toEqual({ status: 206 });
  });
  test("a packed transfer's length is not the file's", () => {
    expect(
      parseHeaders("HTTP/1.1 200\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n").contentLength,
    ).toBeUndefined();
  });
  test.each(["", "garbage", "content-length: 5"])("%j tells nothing", (text) =>
    expect(parseHeaders(text)).toEqual({}),
  );
});
