import { readFile } from "node:fs/promises";
import ssh2, {
  type IdentityCallback,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from "ssh2";

/** An agent that shows only the keys whose public half stands beside the named files: IdentitiesOnly. */
export async function chosenKeysOf(socket: string, keyFiles: readonly string[]): Promise<ssh2.BaseAgent> {
  const chosen: Buffer[] = [];
  for (const file of keyFiles) {
    for (const name of [`${file}.pub`, file]) {
      const text = await readFile(name).catch(() => undefined);
      const key = text && ssh2.utils.parseKey(text);
      if (key && !(key instanceof Error)) chosen.push(key.getPublicSSH());
    }
  }
  return new ChosenKeys(socket, chosen);
}

class ChosenKeys extends ssh2.BaseAgent<ParsedKey> {
  readonly #agent: ssh2.OpenSSHAgent;
  readonly #chosen: readonly Buffer[];

  constructor(socket: string, chosen: readonly Buffer[]) {
    super();
    this.#agent = new ssh2.OpenSSHAgent(socket);
    this.#chosen = chosen;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.#agent.getIdentities((error, keys) => {
      if (error || !keys) return callback(error, keys as ParsedKey[]);
      const parsed = keys as unknown as ParsedKey[];
      callback(
        undefined,
        parsed.filter((key) => this.#chosen.some((each) => each.equals(key.getPublicSSH()))),
      );
    });
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    if (typeof options === "function") this.#agent.sign(key, data, options);
    else if (callback) this.#agent.sign(key, data, options, callback);
  }
}
