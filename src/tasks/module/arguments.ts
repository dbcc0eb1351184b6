import { z } from "zod";

const TRUE = /^(?:y|yes|on|1|true|t)$/i;
const FALSE = /^(?:n|no|off|0|false|f)$/i;

/** Ansible's booleans: also `yes`, `"off"`, 1. */
export const bool = () =>
  z.preprocess((value) => {
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return value;
    if (TRUE.test(text)) return true;
    return FALSE.test(text) ? false : value;
  }, z.boolean());

/** A whole number, also as text: templates within a text make texts. */
export const int = () =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value) ? Number(value) : value),
    z.int(),
  );

/** A number of seconds, with a fraction if need be. */
export const seconds = () =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : value),
    z.number().min(0),
  );

/** A text; numbers and booleans are taken as Ansible writes them. */
export const text = () => z.preprocess(scalarText, z.string());

/** A path; what stands in it is never expanded but a leading `~/`. */
export const path = () => z.preprocess(scalarText, z.string().min(1));

/** A list of texts; a single text is taken apart at commas, as Ansible does. */
export const list = () =>
  z.preprocess((value) => {
    if (typeof value === "string")
      return value
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    if (typeof value === "number") return [String(value)];
    return Array.isArray(value) ? value.map(scalarText) : value;
  }, z.array(z.string()));

/** Permission bits: octal as a text or a number of YAML's, or symbolic (`u=rw,g=r`), or `preserve` where a module says so. */
export const mode = () => z.union([z.string(), z.int()]);

function scalarText(value: unknown): unknown {
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  return value;
}
