/** Of a shorter one too little is left in base64 to be told from other text. */
const SHORTEST_IN_BASE64 = 6;

/** How a secret may stand in a text besides as itself: in base64, also in the midst of more, in an address, in JSON, in a shell's word. */
export function secretForms(secret: string): string[] {
  const inQuery = new URLSearchParams([["", secret]]).toString().slice(1);
  const inPath = inQuery.replaceAll("+", "%20");
  const forms = [
    inQuery,
    inPath,
    inPath.replaceAll("%2F", "/"),
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll("'", "'\\''"),
    ...(secret.length < SHORTEST_IN_BASE64 ? [] : inBase64(Buffer.from(secret))),
  ];
  return [...new Set(forms)].filter((form) => form !== secret);
}

/** The characters that are the same whatever stands before and behind it, for each of the three places where it can begin. */
function inBase64(secret: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), secret]);
    const [first, end] = [Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((form) => whole.toString(form).slice(first, end));
  });
}
