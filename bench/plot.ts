interface Bar {
  readonly name: string;
  readonly value: number;
}

const WIDTH = 640;
const ROW = 26;
const LABEL = 160;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Bars below each other, as an SVG that reads on light and on dark pages. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = Math.max(...bars.map(({ value }) => value));
  const rows = bars.map(({ name, value }, index) => {
    const y = 40 + index * ROW;
    const length = Math.max(1, (value / most) * (WIDTH - LABEL - 80));
    return `  <text x="${LABEL - 8}" y="${y + 14}" text-anchor="end">${escaped(name)}</text>
  <rect x="${LABEL}" y="${y}" width="${length.toFixed(1)}" height="${ROW - 8}" fill="#4a86c5"/>
  <text x="${(LABEL + length + 6).toFixed(1)}" y="${y + 14}">${value.toFixed(1)}</text>
`;
  });
  const height = 50 + bars.length * ROW;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" fill="#808080" role="img">
  <title>${escaped(title)}</title>
  <text x="${WIDTH / 2}" y="22" text-anchor="middle" font-size="15">${escaped(title)}</text>
${rows.join("")}</svg>
`;
}
