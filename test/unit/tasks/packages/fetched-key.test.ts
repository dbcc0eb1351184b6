import { expect, it } from "vitest";
import { keyAddress } from "../../../../src/tasks/packages/fetched-key.js";

it.each([
  ["keys.example.org", "http://keys.example.org:11371"],
  ["hkp://keys.example.org:80", "http://keys.example.org:80"],
  ["hkps://keys.example.org", "https://keys.example.org"],
  ["http://127.0.0.1:8080/", "http://127.0.0.1:8080"],
])("the server of keys %s answers at %s", (server, address) => {
  expect(keyAddress(server, "ABCD")).toBe(`${address}/pks/lookup?op=get&options=mr&search=0xABCD`);
});

it.each(["", "a b", "ldap://x", "x/y"])("'%s' is no server of keys", (server) => {
  expect(() => keyAddress(server, "ABCD")).toThrow(/server of keys/);
});
