import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { editKnownHosts } from "../../../../src/tasks/keys/known-hosts-edit.js";

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOne";
const SALT = Buffer.alloc(20, 7);
const hashed = `|1|${SALT.toString("base64")}|${createHmac("sha1", SALT).update("a").digest("base64")}`;
const edit = (
  text: string,
  key: string | undefined,
  more: { state?: "absent" | "present"; hash?: boolean } = {},
) =>
  editKnownHosts(text, {
    name: "a",
    key,
    state: more.state ?? "present",
    salt: more.hash ? () => SALT : undefined,
  });

describe("editKnownHosts", () => {
  it.each([
    ["another type is added", `a ssh-rsa AAAA\n`, `a ${KEY}`, {}, `a ssh-rsa AAAA\na ${KEY}\n`],
    ["a plain name becomes a hash", `a ${KEY}\n`, `a ${KEY}`, { hash: true }, `${hashed} ${KEY}\n`],
    ["a hash stays, whatever its salt", `${hashed} ${KEY}`, `a ${KEY}`, { hash: true }, `${hashed} ${KEY}`],
    ["a hash becomes a plain name", `${hashed} ${KEY}\n`, `a ${KEY}`, {}, `a ${KEY}\n`],
    ["a marker is kept", "", `@cert-authority a ${KEY}`, {}, `@cert-authority a ${KEY}\n`],
    ["a marker is kept with a hash", "", `@revoked a ${KEY}`, { hash: true }, `@revoked ${hashed} ${KEY}\n`],
    ["several keys", "", `a ${KEY}\n# x\na ssh-rsa AAAA\n`, {}, `a ${KEY}\na ssh-rsa AAAA\n`],
    [
      "a key is removed, by hash too",
      `${hashed} ${KEY}\nb ${KEY}`,
      `a ${KEY}`,
      { state: "absent" },
      `b ${KEY}`,
    ],
    ["a host of several names", `a,b ${KEY}\n`, undefined, { state: "absent" }, ""],
    [
      "odd lines stay",
      "nonsense\n\n@odd a b c\n",
      undefined,
      { state: "absent" },
      "nonsense\n\n@odd a b c\n",
    ],
  ] as const)("%s", (_what, before, key, more, after) => {
    expect(edit(before, key, more)).toBe(after);
  });

  it("comes to the same when it is done again", () => {
    const once = edit(`a ssh-rsa AAAA\na ${KEY}x`, `a ${KEY}`, { hash: true });
    expect(edit(once, `a ${KEY}`, { hash: true })).toBe(once);
  });
});
