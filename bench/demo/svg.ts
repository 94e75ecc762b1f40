// Line charts as SVG, written into the report.

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
}

const size = { width: 960, height: 360 };
const margin = { left: 84, right: 16, top: 40, bottom: 48 };
const plot = { width: size.width - margin.left - margin.right, height: size.height - margin.top - margin.bottom };
const ticks = 6;

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

const shortNumber = (value: number) =>
  value >= 1e6
    ? `${+(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${+(value / 1e3).toFixed(1)} k`
      : String(+value.toFixed(2));

const text = (x: number, y: number, content: string, more = '') =>
  `<text x="${x}" y="${y}" ${more}>${escapeHtml(content)}</text>`;

/** An SVG element with axes, a grid, a legend and the lines. */
export function lineChart({ title, lines, stepMs, fromMs, toMs, yName }: Chart): string {
  const first = Math.floor(fromMs / stepMs);
  const last = Math.ceil(toMs / stepMs);
  const top = Math.max(1, ...lines.flatMap(({ values }) => values.slice(first, last + 1))) * 1.05;
  const x = (ms: number) => +(margin.left + ((ms - fromMs) / (toMs - fromMs)) * plot.width).toFixed(1);
  const y = (value: number) => +(margin.top + (1 - value / top) * plot.height).toFixed(1);
  const bottom = margin.top + plot.height;
  const right = margin.left + plot.width;
  const points = (values: readonly number[]) =>
    values.slice(first, last + 1).flatMap((value, i) => {
      const ms = (first + i) * stepMs;
      return ms < fromMs || ms > toMs ? [] : [`${x(ms)},${y(value)}`];
    });
  return [
    `<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${escapeHtml(title)}">`,
    text(margin.left, 20, title, 'class="title"'),
    ...ticksOf(0, top).map(
      (value) =>
        `<path class="grid" d="M${margin.left} ${y(value)}H${right}"/>${text(margin.left - 8, y(value) + 4, shortNumber(value), 'text-anchor="end"')}`,
    ),
    ...ticksOf(fromMs, toMs).map(
      (ms) =>
        `<path class="grid" d="M${x(ms)} ${margin.top}V${bottom}"/>${text(x(ms), bottom + 18, `${+(ms / 1000).toFixed(3)} s`, 'text-anchor="middle"')}`,
    ),
    text(right, bottom + 38, 'since the start of the process', 'text-anchor="end"'),
    text(margin.left - 76, margin.top - 12, yName),
    ...lines.map(
      ({ name, colour, values }) =>
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points(values).join(' ')}"><title>${escapeHtml(name)}</title></polyline>`,
    ),
    ...lines.map(
      ({ name, colour }, i) =>
        `<rect x="${right - 480 + i * 165}" y="10" width="14" height="14" fill="${colour}"/>${text(right - 460 + i * 165, 22, name)}`,
    ),
    '</svg>',
  ].join('\n');
}
