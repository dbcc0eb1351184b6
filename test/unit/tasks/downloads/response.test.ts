import { describe, expect, it } from "vitest";
import { decodeFile, parseResponse } from "../../../../src/tasks/downloads/response.js";

describe("parseResponse", () => {
  it("takes the last answer's headers and follows the redirections", () => {
    const text =
      "HTTP/1.1 301 Moved\r\nLocation: /b?c\r\nX-A: 1\r\n\r\nHTTP/1.1 302 Found\r\nlocation: https://b.example/\r\n\r\nHTTP/2 200 \r\nX-B: 2\r\nx-b:3\r\n\r\n";
    expect(parseResponse(text, "http://a.example/a")).toEqual({
      status: 200,
      reason: "",
      headers: { "x-b": "2, 3" },
      url: "https://b.example/",
      redirected: true,
    });
  });

  it("does not follow a redirection that was not followed", () => {
    const { status, url, redirected } = parseResponse(
      "HTTP/1.1 302 Found\nLocation: /b\n",
      "http://a.example/a",
    );
    expect({ status, url, redirected }).toEqual({
      status: 302,
      url: "http://a.example/a",
      redirected: false,
    });
  });

  it("takes no harm from nonsense", () => {
    const text = "garbage\nHTTP/1.1 abc\n: x\n__proto__: y\nHTTP/1.0 200 OK\n__proto__: z\n\0\nA b: c\n";
    const { status, headers } = parseResponse(text, "http://a.example/");
    expect(status).toBe(200);
    expect(Object.entries(headers)).toEqual([["__proto__", "z"]]);
    expect(parseResponse("", "file:///a").status).toBe(0);
  });
});

describe("decodeFile", () => {
  it("reads both encodings, and nothing else", () => {
    expect(decodeFile("base64:aGk=").toString()).toBe("hi");
    expect(decodeFile("hex:6869").toString()).toBe("hi");
    expect(decodeFile("base64:").length).toBe(0);
    expect(decodeFile("rot13:uv").length).toBe(0);
  });
});
