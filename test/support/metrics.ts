import type { Bulwark } from './bulwark.js';

/** The figure of one metric, its series with all of these labels added together. */
export async function metric(bulwark: Bulwark, name: string, labels: Record<string, string> = {}): Promise<number> {
  const text = await (await fetch(`${bulwark.opsUrl}/metrics`)).text();
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => wanted.every((label) => line.includes(label)))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}
