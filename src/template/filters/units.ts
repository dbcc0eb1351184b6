import { pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";

const UNITS = ["", "K", "M", "G", "T", "P", "E", "Z", "Y"];

function humanReadable(call: Call): string {
  const size = Number(call.value);
  const bits = truthy(call.arg(0, "isbits", false));
  const unit = call.text(1, "unit").slice(0, 1).toUpperCase().replace("B", "");
  const wanted =
    call.arg(1, "unit") === null
      ? UNITS.findLastIndex((_, power) => size >= 1024 ** power)
      : UNITS.indexOf(unit);
  const power = Math.max(wanted, 0);
  const suffix = power === 0 ? (bits ? "bits" : "Bytes") : `${UNITS[power]}${bits ? "b" : "B"}`;
  return `${(size / 1024 ** power).toFixed(2)} ${suffix}`;
}

const SIZE = /^\s*(\d*\.?\d*)\s*([A-Za-z]+)?/;

function humanToBytes(call: Call): number {
  const text = pythonText(call.value);
  const bits = truthy(call.arg(1, "isbits", false));
  const unit = call.arg(0, "default_unit") === null ? "" : call.text(0, "default_unit");
  return (
    measured(text, bits, unit) ??
    call.fail(
      `cannot read the size '${text}': it takes numbers with ${bits ? "Kb, Mb, Gb" : "KB, MB, GB"} ...`,
    )
  );
}

/** Bytes of `1.5 KB`, or bits of `1.5 Kb`; undefined for what is none. @param usual the unit of what says none */
export function measured(text: string, bits: boolean, usual = ""): number | undefined {
  const [, digits = "", given] = SIZE.exec(text) ?? [];
  const unit = given ?? usual;
  const power = unit === "" ? 0 : UNITS.indexOf(unit[0]?.toUpperCase().replace("B", "") ?? "");
  const [letter, word] = bits ? ["b", "bit"] : ["B", "byte"];
  const isWord = unit.length < 2 || unit[1] === letter || unit.toLowerCase().includes(word);
  return !/\d/.test(digits) || power < 0 || !isWord ? undefined : Math.round(Number(digits) * 1024 ** power);
}

export const UNIT_FILTERS: Filters = { human_readable: humanReadable, human_to_bytes: humanToBytes };
