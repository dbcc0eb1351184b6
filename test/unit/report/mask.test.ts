import { expect, test } from "vitest";
import { maskSecretKeys, Secrets } from "../../../src/report/mask.js";

test("a secret is masked wherever it stands", () => {
  const secrets = new Secrets();
  secrets.add("hunter2");
  secrets.add(undefined);
  secrets.add("a");
  expect(secrets.mask({ a: ["say hunter2!", { b: "hunter2hunter2" }], n: 5, z: null })).toEqual({
    a: ["say ********!", { b: "****************" }],
    n: 5,
    z: null,
  });
});

test("of a secret of several lines each line is one, but for words that stand in any text", () => {
  const secrets = new Secrets();
  secrets.add("[client]\nuser=me\npw=hunter2\n");
  expect(secrets.mask(["pw=hunter2", " [client] ", "user=me"])).toEqual([
    "********",
    " ******** ",
    "user=me",
  ]);
});

test("keys that say so are secrets, whatever they hold", () => {
  expect(
    maskSecretKeys({ auth: { user: "u", password: "x", become_password: "y" }, list: [{ api_token: 5 }] }),
  ).toEqual({
    auth: { user: "u", password: "********", become_password: "********" },
    list: [{ api_token: "********" }],
  });
});
