import { describe, expect, it } from "vitest";
import { sshOptions, withoutSecret } from "../../../../src/tasks/git/login.js";

describe("withoutSecret", () => {
  it.each([
    ["https://a:b%20c@x.example/r.git", "https://x.example/r.git", "a", "b c"],
    ["https://token@x.example/r.git", "https://x.example/r.git", "token", ""],
    ["https://a:b:c@x.example/@/r", "https://x.example/@/r", "a", "b:c"],
    ["https://x.example/a@b", "https://x.example/a@b", "", ""],
    ["ssh://git@x.example/r", "ssh://git@x.example/r", "", ""],
    ["git@x.example:r", "git@x.example:r", "", ""],
    ["/srv/a@b", "/srv/a@b", "", ""],
  ])("%s", (repo, url, username, password) => {
    expect(withoutSecret(repo)).toEqual({ url, username, password });
  });
});

describe("sshOptions", () => {
  it("quotes the key's path for the shell that git asks", () => {
    const none = { accept_hostkey: false, accept_newhostkey: false };
    expect(sshOptions({ ...none, key_file: "/a b/$(x)" })).toBe(
      "-o BatchMode=yes -i '/a b/$(x)' -o IdentitiesOnly=yes",
    );
  });
});
