import { stringify } from "yaml";

/**
 * cloud-init reads YAML 1.1: there, a bare `52:54:00:10:10:10` is a number in base 60 and a user `no` is false. Written
 * by the same version, such strings get their quotes.
 */
export const cloudYaml = (value: unknown): string => stringify(value, { version: "1.1", lineWidth: 0 });
