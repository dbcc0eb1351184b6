import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";

/** A script of bash that packs two versions of farm-a, one between them, and a farm-d into its directory `$1`. */
export const NODE_PACKAGES = `
cd "$1"; mkdir package; for each in farm-a-1.0.0 farm-a-2.0.0 farm-a-1.1.0 farm-d-1.0.0; do
  printf '{"name":"%s","version":"%s"}' "\${each%-*}" "\${each##*-}" >package/package.json; tar -czf "$each.tgz" package
done
`;

/** A registry on loopback, of packages that were packed into a directory: `NAME-VERSION.tgz`; the last version is the latest. */
export function nodeRegistry(
  packages: ReadonlyMap<string, readonly string[]>,
  directory: string,
): Promise<Server> {
  const server = createServer((request, response) => {
    const [, name = "", file] = (request.url ?? "").split("/");
    const at = `http://${request.headers.host}`;
    const versions = packages.get(name);
    // npm asks for more than packages, when it likes.
    if (!versions) return response.writeHead(404).end("{}");
    if (file !== undefined) return response.end(readFileSync(join(directory, file)));
    const all = versions.map((version) => {
      const dist = { tarball: `${at}/${name}/${name}-${version}.tgz` };
      return [version, { name, version, dist }];
    });
    return response.end(
      JSON.stringify({ name, "dist-tags": { latest: versions.at(-1) }, versions: Object.fromEntries(all) }),
    );
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
