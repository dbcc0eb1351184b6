import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ModuleFailure } from "../../../../src/tasks/module/failure.js";
import type { AnyModule } from "../../../../src/tasks/module/module.js";
import { findModule } from "../../../../src/tasks/modules/registry.js";
import { readCase, runCase } from "../../../fakes/scripted-module.js";

const CASES = join(import.meta.dirname, "../../../fixtures/modules");

function moduleOf(name: string): AnyModule {
  const found = findModule(name);
  if (!found) throw new Error(`there is no module '${name}'`);
  return found;
}

for (const name of readdirSync(CASES).sort())
  describe(name, () => {
    for (const file of readdirSync(join(CASES, name)).sort())
      it(file.replace(/\.yaml$/, "").replaceAll("-", " "), async () => {
        const one = readCase(join(CASES, name, file));
        const result = await runCase(moduleOf(name), one);
        if (one.failed === undefined) {
          if (result instanceof ModuleFailure) throw result;
          expect(result).toMatchObject(one.result ?? {});
        } else {
          expect(result).toBeInstanceOf(ModuleFailure);
          const failure = result as ModuleFailure;
          expect(failure.message).toMatch(new RegExp(one.failed));
          // The result's msg is the message: a field of that name would hide why it failed.
          expect(failure.fields).not.toHaveProperty("msg");
          expect(failure.fields).toMatchObject(one.result ?? {});
        }
      });
  });
