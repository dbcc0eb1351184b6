import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type FarmPlace, writeProject } from "./farm.js";
import { type LabHypervisors, startHypervisors } from "./hypervisors.js";
import { type ImageServer, imageServer, serveFile } from "./image-server.js";
import { tinyImage } from "./images.js";
import { tinyProject } from "./tiny-project.js";

type ProjectOptions = Omit<Parameters<typeof tinyProject>[0], "lab" | "image">;

/** Hypervisors, a project for them in a directory of its own, and the server that its image of the tiny guest is fetched from. */
export interface TinyFarm {
  readonly lab: LabHypervisors;
  readonly server: ImageServer;
  readonly cwd: string;
  /** Where `farm` runs. */
  readonly place: FarmPlace;
  stop(): Promise<void>;
}

export async function startTinyFarm(hypervisors: number, project: ProjectOptions): Promise<TinyFarm> {
  const lab = await startHypervisors(hypervisors);
  const server = await imageServer();
  const { path, sha256 } = await tinyImage();
  server.on("/tiny.qcow2", serveFile(path));
  const cwd = await mkdtemp(join(tmpdir(), "farm-project-"));
  const image = { url: `${server.url}/tiny.qcow2`, sha256 };
  await writeProject(cwd, tinyProject({ lab, image, ...project }));
  return {
    ...{ lab, server, cwd, place: { cwd, home: lab.farmHome } },
    stop: async () => {
      await server.close();
      await lab.stop();
      await rm(cwd, { recursive: true, force: true });
    },
  };
}
