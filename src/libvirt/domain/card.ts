import type { Net } from "../../load/definitions/vm-definition.js";
import { instanceOf } from "../../naming.js";
import { macOf } from "../network.js";

/** Of a card on a user network of its own, where nobody else is: always the same, for systems that know their cards by it. */
export const ONLY_CARD = "52:54:00:12:34:56";

/**
 * The MAC address of a VM's card. On a network with others each has its own, also an instance of a VM whose address the user chose; it stays
 * the same from start to start.
 * @param directory the VM's
 */
export function cardOf({ type, mac }: Pick<Net, "type" | "mac">, directory: string): string {
  if (type === "user") return mac ?? ONLY_CARD;
  return (instanceOf(directory) === undefined ? mac : undefined) ?? macOf(directory);
}

/** Of the card by which farm logs in. */
export const loginCard = (net: Pick<Net, "type" | "mac">, directory: string): string =>
  net.type === "vde" ? ONLY_CARD : cardOf(net, directory);

/** The network of an instance beside the VM itself: what only one of them can have is the VM's. */
export function networkOf(net: Net, directory: string): Net {
  if (instanceOf(directory) === undefined) return net;
  const { ip: _, forwards, ...others } = net;
  const free = forwards?.map(({ host: _host, ...forward }) => forward);
  return {
    ...others,
    ...(net.type !== "user" && { mac: cardOf(net, directory) }),
    ...(free && { forwards: free }),
  };
}
