import type { Dns, KnownFacts } from "./fact-types.js";
import { type Material, present } from "./material.js";

/** The resolver's file; where a line stands twice the last counts, but each name server does. */
export function dnsFacts(material: Material): Partial<KnownFacts> {
  const lines = material
    .lines("/etc/resolv.conf")
    .filter((line) => !/^[#;]/.test(line))
    .map((line) => line.trim().split(/\s+/));
  const last = (keyword: string) => lines.findLast(([first]) => first === keyword)?.slice(1);
  const servers = lines.filter(([first]) => first === "nameserver").flatMap(([, ...rest]) => rest);
  return {
    dns: present<Required<Dns>>({
      nameservers: servers.length > 0 ? servers : undefined,
      domain: last("domain")?.[0],
      search: last("search"),
      sortlist: last("sortlist"),
      options: options(last("options")),
    }),
  };
}

const options = (words: readonly string[] | undefined): Dns["options"] | undefined =>
  words &&
  Object.fromEntries(
    words.map((word) => {
      const [key = "", value] = word.split(":");
      return [key, value || true];
    }),
  );
