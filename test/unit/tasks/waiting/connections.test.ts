import { describe, expect, it } from "vitest";
import { countConnections } from "../../../../src/tasks/waiting/connections.js";

// As /proc/net/tcp and tcp6 print them.
const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 0100007F:0016 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 24 10 -1
   2: 0A00020F:0016 0202000A:D431 06 00000000:00000000 00:00000000 00000000     0        0 0 3 0
   3: 0A00020F:0050 0202000A:D432 01 00000000:00000000 00:00000000 00000000     0        0 0 3 0
   4: 0100007F:C350 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 24 10 -1
  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:0016 00000000000000000000000001000000:C351 01 00000000:00000000 00:00000000 0
   1: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000100007F:C352 02 00000000:00000000 00:00000000 0
   2: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:C352 08 00000000:00000000 00:00000000 0
`;
const ALL = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT"];
const count = (hosts: string, states = ALL, port = 22) =>
  countConnections(`${hosts}\n${TABLE}`, { port, states });

describe("connections of a port", () => {
  it.each([
    ["host 127.0.0.1", 2],
    ["host localhost\nhost ::1\nhost 127.0.0.1", 3],
    ["host 15.2.0.10", 1],
    ["host 0.0.0.0", 3],
    ["host ::", 1],
    ["host 10.9.9.9", 0],
    ["host 127.0.0.1\nexclude 127.0.0.1", 0],
    ["host 0.0.0.0\nexclude 10.0.2.2", 2],
  ])("%j has %d", (hosts, expected) => {
    expect(count(hosts)).toBe(expected);
  });

  it("counts the states that are named, and that port", () => {
    expect(count("host 127.0.0.1", ["SYN_SENT"])).toBe(1);
    expect(count("host 0.0.0.0", ["TIME_WAIT"])).toBe(1);
    expect(count("host 0.0.0.0", ALL, 80)).toBe(1);
    expect(count("host 0.0.0.0", ALL, 81)).toBe(0);
  });
});
