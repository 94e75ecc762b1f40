// Line charts as SVG, for reports.

export interface Line {
  readonly name: string;
  readonly colour: string;
  /** Values at equal steps of the x axis. */
  readonly values: readonly number[];
}

export interface Chart {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Milliseconds from a value to the next. */
  readonly stepMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly yName: string;
  /** What the x axis counts from. */
  readonly xName: string;
  /** Broken lines across it. */
  readonly marksMs?: readonly number[];
}

const size = { width: 960, height: 360 };
const margin = { left: 84, right: 16, top: 40, bottom: 48 };
const plot = { width: size.width - margin.left - margin.right, height: size.height - margin.top - margin.bottom };
const edge = { right: margin.left + plot.width, bottom: margin.top + plot.height };
const ticks = 6;
const legendWidth = 150;

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** A round step, 1, 2 or 5 times a power of ten, of which about `ticks` make up the range. */
function niceStep(range: number): number {
  const raw = range / ticks;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5].find((factor) => factor * power >= raw) ?? 10);
}

function ticksOf(from: number, to: number): number[] {
  const step = niceStep(to - from);
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

export const shortNumber = (value: number) =>
  value >= 1e6
    ? `${+(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${+(value / 1e3).toFixed(1)} k`
      : String(+value.toFixed(2));

export const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x}" y="${y}" ${more}>${escapeHtml(content)}</text>`;

const yTick = (y: number, label: string) =>
  `<path class="grid" d="M${margin.left} ${y}H${edge.right}"/>${text(margin.left - 8, y + 4, label, 'text-anchor="end"')}`;

const xTick = (x: number, label: string) =>
  `<path class="grid" d="M${x} ${margin.top}V${edge.bottom}"/>${text(x, edge.bottom + 18, label, 'text-anchor="middle"')}`;

const mark = (x: number) => `<path stroke="#888" stroke-dasharray="4 3" fill="none" d="M${x} ${margin.top}V${edge.bottom}"/>`;

const polyline = ({ name, colour }: Line, points: readonly string[]) =>
  `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.join(' ')}"><title>${name}</title></polyline>`;

const legend = ({ name, colour }: Line, x: number) =>
  `<rect x="${x}" y="10" width="14" height="14" fill="${colour}"/>${text(x + 20, 22, name)}`;

/** An SVG element with axes, a grid, a legend and the lines. */
export function lineChart({ title, lines, stepMs, fromMs, toMs, yName, xName, marksMs = [] }: Chart): string {
  const first = Math.floor(fromMs / stepMs);
  const last = Math.ceil(toMs / stepMs);
  const top = Math.max(1, ...lines.flatMap(({ values }) => values.slice(first, last + 1))) * 1.05;
  const x = (ms: number) => +(margin.left + ((ms - fromMs) / (toMs - fromMs)) * plot.width).toFixed(1);
  const y = (value: number) => +(margin.top + (1 - value / top) * plot.height).toFixed(1);
  const points = (values: readonly number[]) =>
    values.slice(first, last + 1).flatMap((value, i) => {
      const ms = (first + i) * stepMs;
      return ms < fromMs || ms > toMs ? [] : [`${x(ms)},${y(value)}`];
    });
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(title)}">`,
    text(margin.left, 20, title, 'class="title"'),
    ...ticksOf(0, top).map((value) => yTick(y(value), shortNumber(value))),
    ...ticksOf(fromMs, toMs).map((ms) => xTick(x(ms), `${+(ms / 1000).toFixed(3)} s`)),
    text(edge.right, edge.bottom + 38, xName, 'text-anchor="end"'),
    text(margin.left - 76, margin.top - 12, yName),
    ...marksMs.map((ms) => mark(x(ms))),
    ...lines.map((line) => polyline(line, points(line.values))),
    ...lines.map((line, i) => legend(line, edge.right - (lines.length - i) * legendWidth)),
    '</svg>',
  ].join('\n');
}
