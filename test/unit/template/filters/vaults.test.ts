import { expect, test } from "vitest";
import { evaluate } from "../../../../src/template/evaluate.js";
import { Scope } from "../../../../src/template/scope.js";
import { Template } from "../../../../src/values/template.js";

const value = (source: string) => evaluate(new Template(source), new Scope());

/** As Ansible's own filter writes it. */
const SEALED = `$ANSIBLE_VAULT;1.2;AES256;filter_default
36313632363336343635363636373638363136323633363436353636363736383631363236333634
3635363636373638363136323633363436353636363736380a383534386535303833623134313337
36633762366531326331383936356266346161313666303866626337373639626263653035643138
6636303637373934350a666664373839653366616362373263393264393034613233636162326339
3239
`;

test("a text is encrypted as Ansible does, and decrypted again", () => {
  expect(value("{{ 'hello wörld' | vault('pass', salt='abcdefgh' * 4) }}")).toBe(SEALED);
  expect(value("{{ 'hello wörld' | vault('pass') | unvault('pass') }}")).toBe("hello wörld");
  expect(value("{{ 'plain' | unvault('pass') }}")).toBe("plain");
  expect(value("{{ 'a' | vault('pass', 'salt', 'default') }}")).toMatch(/^\$ANSIBLE_VAULT;1\.1;AES256\n/);
});

test.each([
  ["{{ 'a' | vault('pass') | unvault('other') }}", "the password does not fit"],
  ["{{ 1 | vault('pass') }}", "encrypts texts only"],
  ["{{ 'a' | vault }}", "needs a password"],
])("%s fails", (source, message) => expect(() => value(source)).toThrow(message));
