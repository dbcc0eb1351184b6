import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModuleFailure } from "../../../../src/tasks/modules/failure.js";
import type { AnyModule } from "../../../../src/tasks/modules/module.js";
import { readCase, runCase } from "../../../fakes/scripted-module.js";

const CASES = join(import.meta.dirname, "../../../fixtures/modules");

/** A module by its file, so that a case can be written before the registry knows it. */
async function moduleOf(name: string): Promise<AnyModule> {
  const exports = (await import(`../../../../src/tasks/modules/${name.replaceAll("_", "-")}.ts`)) as Record<
    string,
    AnyModule
  >;
  const found = Object.values(exports).find((each) => each?.name === name);
  if (!found) throw new Error(`${name}: its file exports no module of that name`);
  return found;
}

for (const name of readdirSync(CASES).sort())
  describe(name, () => {
    for (const file of readdirSync(join(CASES, name)).sort())
      it(file.replace(/\.yaml$/, "").replaceAll("-", " "), async () => {
        const one = readCase(join(CASES, name, file));
        const result = await runCase(await moduleOf(name), one);
        if (one.failed === undefined) {
          if (result instanceof ModuleFailure) throw result;
          expect(result).toMatchObject(one.result ?? {});
        } else {
          expect(result).toBeInstanceOf(ModuleFailure);
          const failure = result as ModuleFailure;
          expect(failure.message).toMatch(new RegExp(one.failed));
          expect(failure.fields).toMatchObject(one.result ?? {});
        }
      });
  });
