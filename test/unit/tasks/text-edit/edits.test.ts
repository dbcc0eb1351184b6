import { describe, expect, it } from "vitest";
import type { Module } from "../../../../src/tasks/module/module.js";
import { blockEdit, blockinfile } from "../../../../src/tasks/modules/blockinfile.js";
import { iniEdit, iniFile } from "../../../../src/tasks/modules/ini-file.js";
import { lineEdit, lineinfile } from "../../../../src/tasks/modules/lineinfile.js";
import { replace, replaceEdit } from "../../../../src/tasks/modules/replace.js";
import type { Edited, FileText } from "../../../../src/tasks/text-edit/edited-file.js";
import { BLOCK_CASES, type EditCase, INI_CASES, LINE_CASES, REPLACE_CASES } from "./edit-cases.js";

const inFile = (text: string): FileText => ({ text, exists: true, given: (argument) => argument });

/** Each edit does what the table says, and a second time nothing. */
function edits<Args>(
  module: Module<Args>,
  edit: (args: Args, file: FileText) => Edited,
  cases: readonly EditCase[],
) {
  describe(module.name, () => {
    it.each(cases)("$what", ({ args, before, after = before, msg = "", settles = true }) => {
      const parsed = module.args.parse({ path: "/f", ...args });
      const edited = edit(parsed, inFile(before));
      expect({ text: edited.text, msg: edited.fields?.["msg"] ?? edited.msg }).toEqual({ text: after, msg });
      expect(edit(parsed, inFile(after)).text === after).toBe(settles);
    });
  });
}

edits(lineinfile, lineEdit, LINE_CASES);
edits(blockinfile, blockEdit, BLOCK_CASES);
edits(replace, replaceEdit, REPLACE_CASES);
edits(iniFile, iniEdit, INI_CASES);
