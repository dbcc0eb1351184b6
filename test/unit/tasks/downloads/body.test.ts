import { describe, expect, it } from "vitest";
import { requestBody, urlEncoded } from "../../../../src/tasks/downloads/body.js";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";
import type { ControllerFiles } from "../../../../src/tasks/module/module.js";

const FILES: ControllerFiles = {
  find: async (_kind, path) => `/found/${path}`,
  read: async (path) => Buffer.from(`content of ${path}`),
  resolve: (path) => path,
};
const body = async (value: unknown, format: Parameters<typeof requestBody>[1]) =>
  (await requestBody(value, format, FILES, "B"))?.content.toString();

describe("requestBody", () => {
  it("sends a text as it is, whatever the format", async () => {
    expect(await body('{"a": 1}', "json")).toBe('{"a": 1}');
    expect(await body("a=b", "form-urlencoded")).toBe("a=b");
    expect(await body("é\n", "raw")).toBe("é\n");
  });

  it("sends nothing when there is none", async () => {
    expect(await body(undefined, "json")).toBeUndefined();
  });

  it("writes the fields of a form in parts", async () => {
    const fields = {
      'a"b': "c",
      file: { filename: "d/e.txt" },
      own: { content: "f", filename: "g\r\nh", mime_type: "text/x" },
    };
    expect(await body(fields, "form-multipart")).toBe(
      [
        ...["--B", 'Content-Disposition: form-data; name="a\\"b"', "Content-Type: text/plain", "", "c"],
        ...["--B", 'Content-Disposition: form-data; name="file"; filename="e.txt"'],
        ...["Content-Type: application/octet-stream", "", "content of /found/d/e.txt"],
        ...[
          "--B",
          'Content-Disposition: form-data; name="own"; filename="g h"',
          "Content-Type: text/x",
          "",
          "f",
        ],
        ...["--B--", ""],
      ].join("\r\n"),
    );
  });

  it("refuses a form that is none", async () => {
    await expect(body("x", "form-multipart")).rejects.toThrow(ModuleFailure);
    await expect(body({ a: {} }, "form-multipart")).rejects.toThrow(/'a' of body/);
    await expect(body(1, "form-urlencoded")).rejects.toThrow(ModuleFailure);
  });
});

describe("urlEncoded", () => {
  it.each([
    [{ a: "b c", d: ["e", "f&"], g: null, h: true }, "a=b+c&d=e&d=f%26&h=True"],
    [
      [
        ["a", 1],
        ["a", "ä"],
      ],
      "a=1&a=%C3%A4",
    ],
  ])("%j", (value, text) => expect(urlEncoded(value)).toBe(text));
});
