/** Names that a glob means, as of Python's fnmatch: `*`, `?`, `[a-z]` and `[!a-z]`; nothing is escaped, and a dot at the beginning is nothing special. */
export function globPattern(glob: string): RegExp {
  const source = glob.replace(
    /\[(!?)(\]?[^\]]*)\]|[\s\S]/gu,
    (token, negated: string | undefined, set: string | undefined) => {
      if (set !== undefined && set !== "") return `[${negated ? "^" : ""}${setSource(set)}]`;
      if (token === "*") return "[\\s\\S]*";
      if (token === "?") return "[\\s\\S]";
      return token.replace(/[\\^$.*+?()[\]{}|/]/gu, "\\$&");
    },
  );
  return new RegExp(`^${source}$(?![\\s\\S])`, "u");
}

/** A range that ends before it begins means nothing. */
function setSource(set: string): string {
  return set.replace(/(.)-(.)|[\s\S]/gsu, (token, from: string | undefined, to: string | undefined) => {
    if (from === undefined || to === undefined) return escaped(token);
    return from <= to ? `${escaped(from)}-${escaped(to)}` : "";
  });
}

const escaped = (character: string): string => character.replace(/[\\\]^[-]/u, "\\$&");
