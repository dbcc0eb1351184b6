import { z } from "zod";
import { AGE_FORM, DURATION_FORM, parseAge, parseDuration } from "./age.js";
import { parseSize, SIZE_FORM } from "./size.js";

/** Variables from the command line are texts, so a number or a truth value may come as one. */
const numeric = (value: unknown) =>
  typeof value === "string" && /^-?\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : value;

const truth = (value: unknown) => {
  if (typeof value !== "string") return value;
  if (/^(true|yes|on|1)$/i.test(value.trim())) return true;
  return /^(false|no|off|0)$/i.test(value.trim()) ? false : value;
};

const textual = (value: unknown) => (typeof value === "number" ? String(value) : value);

/** A whole number, or its text. */
export const wholeNumber = (min: number, max = Number.MAX_SAFE_INTEGER) =>
  z.preprocess(numeric, z.int().min(min).max(max));

/** A number, or its text. */
export const anyNumber = (min: number) => z.preprocess(numeric, z.number().min(min));

/** true or false, or Ansible's words for them. */
export const flag = z.preprocess(truth, z.boolean());

/** A text that is not empty; a number counts as its digits. */
export const someText = z.preprocess(textual, z.string().min(1));

const parsed = (parse: (text: string) => number | undefined, message: string) =>
  z.preprocess(
    textual,
    z.string().transform((text, context) => {
      const value = parse(text);
      if (value === undefined) context.addIssue({ code: "custom", message });
      return value ?? z.NEVER;
    }),
  );

/** `20G`, or a number of bytes; in bytes. */
export const size = parsed(parseSize, SIZE_FORM);

/** `30d`, or a number of seconds; in milliseconds. */
export const age = parsed(parseAge, AGE_FORM);

/** `90m`, or a number of seconds; in milliseconds. */
export const duration = parsed(parseDuration, DURATION_FORM);
