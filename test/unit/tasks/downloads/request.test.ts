import { describe, expect, it } from "vitest";
import { requestText, withoutLogin } from "../../../../src/tasks/downloads/request.js";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";

const WITH = { timeout: 10, followRedirects: true };
const lines = (more: Record<string, unknown>, url = "http://a.example/x") =>
  requestText({ ...WITH, ...more, url }).split("\n");

describe("requestText", () => {
  it("takes name and password out of the URL", () => {
    const text = lines({}, "https://us%20er:p%40ss@a.example/x?y=@");
    expect(text).toContain('c url = "https://a.example/x?y=@"');
    expect(text).toContain("u https://a.example/x?y=@");
    expect(text).toContain('c user = "us er:p@ss"');
    expect(text).toContain("w password = p@ss");
    expect(text.join()).not.toContain("p%40ss");
  });

  it("leaves an @ of the path alone", () => {
    expect(lines({}, "http://a.example/x@y")).toContain("u http://a.example/x@y");
    expect(withoutLogin("http://a.example/x@y")).toBe("http://a.example/x@y");
  });

  it("prefers a name that is given", () => {
    expect(lines({ url_username: "b" }, "http://a:c@a.example/")).toContain('c user = "b:c"');
  });

  it("writes what curl reads back", () => {
    const text = lines({ headers: { "X-A": 'a "b" \\ c\td', Empty: "" } });
    expect(text).toContain('c header = "X-A: a \\"b\\" \\\\ c\\td"');
    expect(text).toContain('c header = "Empty;"');
  });

  it("says why busybox wget cannot", () => {
    const why = (more: Record<string, unknown>) => lines(more).filter((line) => line.startsWith("x "));
    expect(why({})).toEqual([]);
    expect(why({ headers: { Accept: "text/plain" } })).toEqual([]);
    expect(why({ url_username: "a" })[0]).toMatch(/password/);
    expect(why({ headers: { "X-Api-Key": "b" } })[0]).toMatch(/X-Api-Key/);
    expect(why({ client_cert: "/a" })[0]).toMatch(/certificates/);
    expect(why({ unix_socket: "/a" })[0]).toMatch(/socket/);
  });

  it.each([
    ["a header of two lines", { headers: { A: "b\r\nEvil: c" } }],
    ["a header's name with a colon", { headers: { "A: b": "c" } }],
    ["a password of two lines", { url_username: "a", url_password: "b\nend" }],
  ])("refuses %s", (_what, more) => {
    expect(() => lines(more)).toThrow(ModuleFailure);
  });

  it("refuses what is no URL, without showing its password", () => {
    expect(() => lines({}, "http://a:secret@ b/")).toThrow(/^'http:\/\/ b\/' is no URL$/);
  });

  it("ends where the body begins", () => {
    expect(lines({}).slice(-2)).toEqual(["end", ""]);
  });
});
