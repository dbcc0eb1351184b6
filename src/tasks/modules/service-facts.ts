import { z } from "zod";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { parseServiceList, SERVICE_LIST } from "../services/service-list.js";

const Args = z.strictObject({});

/** What services there are. */
export const serviceFacts: Module<z.infer<typeof Args>> = {
  name: "service_facts",
  summary: "Tells which services there are, and how they are: `ansible_facts.services`.",
  args: Args,
  differs: ["chkconfig's services of old Red Hat systems are not told."],
  async run(_, context) {
    const { code, stdout, stderr } = await context.ask({
      ...script("service-list", SERVICE_LIST, []),
      readOnly: true,
    });
    if (code !== 0)
      throw new ModuleFailure(`cannot list the services: ${lastLine(stderr, code)}`, { rc: code });
    return { changed: false, ansible_facts: { services: parseServiceList(stdout) } };
  },
};
