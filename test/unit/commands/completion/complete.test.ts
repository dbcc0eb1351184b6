import { Argument, Command } from "commander";
import { describe, expect, test } from "vitest";
import { complete, inventoryOf } from "../../../../src/commands/completion/complete.js";
import { formatOption, withFarmOptions } from "../../../../src/commands/options.js";

const program = new Command("farm");
withFarmOptions(program.command("run"))
  .option("--on <name>", "x")
  .addOption(formatOption())
  .option("--keep", "x");
withFarmOptions(program.command("ssh")).argument("<vm>").argument("[command...]");
program.command("cp").argument("<path...>");
program.command("completion").addArgument(new Argument("<shell>").choices(["bash", "zsh"]));
program.command("hidden", { hidden: true });

const names = async () => ({
  vms: ["deb_amd64", "arch_arm64"],
  groups: ["amd64", "arm64"],
  hosts: ["tower"],
});
const offered = async (...words: string[]) => {
  const found = await complete(program, words, names);
  return found.kind === "files" ? "files" : found.words;
};

describe("what is offered", () => {
  test.each([
    [["ru"], ["run"]],
    [["h"], ["help"]],
    [["run", "--k"], ["--keep"]],
    [
      ["run", "--format", ""],
      ["text", "json"],
    ],
    [["run", "--inventory", "x"], "files"],
    [
      ["run", "--limit", "a"],
      ["arch_arm64", "amd64", "arm64"],
    ],
    [["run", "--on", "t"], ["tower"]],
    [["ssh", "-i", "x", "d"], ["deb_amd64"]],
    [["ssh", "deb_amd64", "d"], []],
    [["ssh", "deb_amd64", "--", "-"], []],
    [["cp", "a", "b"], "files"],
    [["completion", "z"], ["zsh"]],
    [["nothing", ""], []],
  ])("farm %j", async (words, expected) => expect(await offered(...words)).toEqual(expected));
});

test("the inventory on a line", () => {
  expect(inventoryOf(["run", "-i", "a.yaml", "x"])).toBe("a.yaml");
  expect(inventoryOf(["run", "--inventory=b.yaml"])).toBe("b.yaml");
  expect(inventoryOf(["run", "-ic.yaml"])).toBe("c.yaml");
  expect(inventoryOf(["run"])).toBeUndefined();
});
