import pc from "picocolors";
import { type Examination, type Finding, isReady } from "../doctor/finding.js";
import { harmless } from "../report/harmless.js";

const INDENT = "  ";
const MARK_WIDTH = 6;

/** A block a hypervisor, a line a finding, and below it the command that mends it. */
export function doctorText(examinations: readonly Examination[], color: boolean): string {
  const colors = pc.createColors(color);
  const mark = {
    ok: colors.green("ok".padEnd(MARK_WIDTH)),
    warning: colors.yellow("warn".padEnd(MARK_WIDTH)),
    failed: colors.red("FAIL".padEnd(MARK_WIDTH)),
  };
  const width = Math.max(
    ...examinations.flatMap(({ findings }) => findings.map(({ check }) => check.length)),
  );
  const oneLine = (text: string) => harmless(text).replaceAll("\n", " ");
  const lines = ({ check, status, found, mend }: Finding): string[] => [
    `${INDENT}${mark[status]}${check.padEnd(width)}  ${oneLine(found)}`,
    ...(mend === undefined
      ? []
      : [`${INDENT}${" ".repeat(MARK_WIDTH + width)}  ${colors.bold("->")} ${oneLine(mend)}`]),
  ];
  const blocks = examinations.map((examination) => {
    const name = colors.bold(oneLine(examination.hypervisor));
    const verdict = isReady(examination) ? colors.green("ready") : colors.red("not ready");
    return [`${name}: ${verdict}`, ...examination.findings.flatMap(lines)].join("\n");
  });
  return `${[...blocks, summary(examinations)].join("\n\n")}\n`;
}

function summary(examinations: readonly Examination[]): string {
  const ready = examinations.filter(isReady).length;
  const [all, s] = [examinations.length, examinations.length === 1 ? "" : "s"];
  return `${ready} of ${all} hypervisor${s} ready`;
}
