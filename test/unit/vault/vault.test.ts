import { describe, expect, test } from "vitest";
import { asFarmError, describeError } from "../../../src/errors.js";
import { Vault, type VaultPassword } from "../../../src/vault/vault.js";
import { DEV, TEST, vaultText } from "../load/vault-files.js";

const position = { file: "f.yaml", line: 3, column: 5 };
const WRONG: VaultPassword = { label: "default", password: "not-the-password" };

function complaint(text: string, ...passwords: VaultPassword[]): string {
  try {
    new Vault(passwords).decrypt(text, position);
  } catch (error) {
    return describeError(asFarmError(error));
  }
  return "no complaint";
}

test.each([
  ["inline", "hunter2-inline"],
  ["labelled", "hunter2-labelled"],
  ["unicode", "grüße, 世界 🔑"],
  ["empty", ""],
  ["lines", "-----BEGIN KEY-----\nfirst-line-of-it\nsecond-line-of-it\n-----END KEY-----\n"],
  ["marks", "pa{{ss}} {% 5 {# x"],
])("what ansible-vault encrypted: %s", (name, plain) => {
  expect(new Vault([TEST, DEV]).decrypt(vaultText(name), position)).toBe(plain);
});

test("white space around and line ends of Windows do no harm", () => {
  const text = `${vaultText("inline").replaceAll("\n", "  \r\n")}\n\n`;
  expect(new Vault([TEST]).decrypt(text, position)).toBe("hunter2-inline");
});

describe("passwords", () => {
  test.each([
    ["of another label", [{ ...DEV, label: "prod" }]],
    ["after others that do not fit", [WRONG, TEST, { ...WRONG, label: "dev" }, DEV]],
  ])("one fits %s", (_what, passwords) => {
    expect(new Vault(passwords).decrypt(vaultText("labelled"), position)).toBe("hunter2-labelled");
  });

  test("those of the text's label are tried first", () => {
    const tried: string[] = [];
    const noting = ({ label, password }: VaultPassword) => ({
      label,
      get password() {
        tried.push(label);
        return password;
      },
    });
    new Vault([TEST, WRONG, DEV].map(noting)).decrypt(vaultText("labelled"), position);
    expect(tried[0]).toBe("dev");
  });

  test("a text is decrypted once", () => {
    const passwords = [TEST];
    const vault = new Vault(passwords);
    vault.decrypt(vaultText("inline"), position);
    passwords.pop();
    expect(vault.decrypt(vaultText("inline"), position)).toBe("hunter2-inline");
    expect(() => vault.decrypt(vaultText("unicode"), position)).toThrow("no vault password was given");
  });
});

describe("what cannot be decrypted", () => {
  test("without a password the options are named", () => {
    expect(complaint(vaultText("inline"))).toBe(
      "f.yaml:3:5: this is encrypted by ansible-vault, and no vault password was given\n" +
        "  hint: give --vault-password-file, --vault-id or --ask-vault-pass, or set ANSIBLE_VAULT_PASSWORD_FILE",
    );
  });

  test("a wrong password is told with the vault id, and not shown", () => {
    expect(complaint(vaultText("labelled"), WRONG)).toBe(
      "f.yaml:3:5: this cannot be decrypted: the vault password does not fit\n" +
        "  hint: it was encrypted with the password of vault id 'dev', or changed since",
    );
    expect(complaint(vaultText("inline"), WRONG, DEV)).toMatch(/none of the 2 vault passwords fits/);
  });

  test("a text that was changed is one that no password fits", () => {
    const text = vaultText("inline").trim();
    const changed = text.slice(0, -1) + (text.endsWith("6") ? "5" : "6");
    expect(complaint(changed, TEST)).toMatch(
      /^f\.yaml:3:5: this cannot be decrypted: .*\n.*or changed since$/,
    );
  });

  const header = "$ANSIBLE_VAULT;1.1;AES256";
  const [, ...body] = vaultText("inline").trim().split("\n");
  test.each([
    ["no header", body.join("\n"), "this is no ansible-vault text"],
    ["nothing", "", "this is no ansible-vault text"],
    ["only the header", header, "this ansible-vault text is damaged"],
    ["a line missing", [header, ...body.slice(0, 2)].join("\n"), "this ansible-vault text is damaged"],
    ["its end missing", [header, ...body].join("\n").slice(0, -20), "this ansible-vault text is damaged"],
    ["half a digit", [header, ...body].join("\n").slice(0, -1), "this ansible-vault text is damaged"],
    ["other letters", [header, "zz", ...body].join("\n"), "this ansible-vault text is damaged"],
    ["digits that spell no digits", `${header}\n6666`, "this ansible-vault text is damaged"],
    ["an old cipher", `$ANSIBLE_VAULT;1.0;AES\n${body.join("\n")}`, "of a kind that farm cannot read"],
    [
      "an unknown version",
      `$ANSIBLE_VAULT;1.3;AES256\n${body.join("\n")}`,
      "of a kind that farm cannot read",
    ],
  ])("%s", (_what, text, message) => {
    const told = complaint(text, TEST);
    expect(told).toContain("f.yaml:3:5: this");
    expect(told).toContain(message);
    expect(told.split("\n")).toHaveLength(2);
  });

  test("bytes that are no text are not made one", () => {
    expect(complaint(vaultText("binary"), TEST)).toBe(
      "f.yaml:3:5: what is encrypted here is not a UTF-8 text",
    );
  });

  test("a large text that is damaged takes no long search", () => {
    expect(complaint(`${header}\n${"61".repeat(2_000_000)}`, TEST)).toContain("damaged");
  });
});
