// A backtest as a page that needs nothing else: of each trace a drawing with a line for each order, and the table.
import { escapeHtml, shortNumber, visible } from '../text.js';
import { pageOf, table } from '../page.js';
import { headOf, ordersOf, rowOf, summaryText, type CellFigures, type TraceFigures } from './figures.js';
import type { Report } from './report.js';

const light = ['#6b7280', '#a16207', '#0f766e', '#9ca3af', '#c2410c', '#1d4ed8', '#a21caf', '#15803d', '#111827'];
const dark = ['#9ca3af', '#eab308', '#2dd4bf', '#6b7280', '#fb923c', '#60a5fa', '#e879f9', '#4ade80', '#f3f4f6'];
const ordersDrawn = light.map((_, i) => `.o${i} { stroke: var(--o${i}); fill: var(--o${i}); background: var(--o${i}) }`);
const variables = (colours: readonly string[]) => colours.map((colour, i) => `--o${i}:${colour}`).join(';');

const style = `
:root { ${variables(light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(dark)} } }
svg polyline { stroke-width: 2 } svg .grid { stroke: var(--rule) } polyline.dashed { stroke-dasharray: 6 4 }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem } .legend i { display: inline-block; width: 1.4rem; height: .3rem }
.legend i { vertical-align: middle } ${ordersDrawn.join(' ')}`;

const plot = { width: 1024, height: 320, left: 52, right: 12, top: 12, bottom: 28 } as const;
const levels = [0, 0.25, 0.5, 0.75, 1];

interface Line {
  readonly name: string;
  readonly kind: string;
  of(cell: CellFigures): number;
}

/** The colours of predictors come again if there are many; the best that could be is dashed. */
function linesOf(names: readonly string[]): Line[] {
  const own = light.length - 5;
  const kindOf = (i: number) => `o${i < 4 ? i : 4 + ((i - 4) % own)}`;
  const orders = ordersOf(names).map((name, i) => {
    return { name, kind: name === 'oracle' ? `${kindOf(i)} dashed` : kindOf(i), of: ({ served }: CellFigures) => served[name]! };
  });
  return [...orders, { name: 'ceiling', kind: `o${light.length - 1} dashed`, of: ({ ceiling }) => ceiling }];
}

const y = (share: number) => +(plot.top + (1 - share) * (plot.height - plot.top - plot.bottom)).toFixed(2);
const xOf = (cells: number) => (i: number) => +(plot.left + ((i + 0.5) / cells) * (plot.width - plot.left - plot.right)).toFixed(2);

const grid = () =>
  levels.map((share) => {
    const line = `<path class="grid" d="M${plot.left} ${y(share)}H${plot.width - plot.right}"/>`;
    return `${line}<text x="${plot.left - 6}" y="${y(share) + 4}" text-anchor="end">${100 * share} %</text>`;
  });

function drawn({ name, kind, of }: Line, cells: readonly CellFigures[], x: (i: number) => number): string {
  const places = cells.map((cell, i) => `${x(i)},${y(of(cell))}`);
  const dot = (cell: CellFigures, i: number) => {
    const told = escapeHtml(visible(`${name}, ${cell.budget}: ${(100 * of(cell)).toFixed(1)} %`));
    return `<circle class="${kind}" cx="${x(i)}" cy="${y(of(cell))}" r="4"><title>${told}</title></circle>`;
  };
  return `<polyline class="${kind}" style="fill:none" points="${places.join(' ')}"/>${cells.map(dot).join('')}`;
}

function drawing(cells: readonly CellFigures[], lines: readonly Line[]): string {
  const x = xOf(cells.length);
  const budgets = cells.map(
    ({ budget }, i) => `<text x="${x(i)}" y="${plot.height - 8}" text-anchor="middle">${escapeHtml(budget)}</text>`,
  );
  const parts = [...grid(), ...budgets, ...lines.map((line) => drawn(line, cells, x))];
  const name = 'role="img" aria-label="Share of the next reads that are served, by budget"';
  const key = lines.map((line) => `<span><i class="${line.kind}"></i> ${escapeHtml(visible(line.name))}</span>`);
  return `<svg viewBox="0 0 ${plot.width} ${plot.height}" ${name}>${parts.join('')}</svg><p class="legend">${key.join(' ')}</p>`;
}

function sectionOf({ trace, accesses, keys, points, cells }: TraceFigures, names: readonly string[]): string {
  const about = `${shortNumber(accesses)} accesses, ${shortNumber(keys)} keys, ${points} crash points. All shares in per cent.`;
  const figures = table(headOf(names).map(visible), cells.map((cell) => rowOf(cell, names)));
  return `<h2>${escapeHtml(visible(trace))}</h2><p class="faint">${about}</p>${drawing(cells, linesOf(names))}${figures}`;
}

const paragraph = (text: string): string => `<p>${escapeHtml(visible(text))}</p>`;

export function backtestPage({ predictors, options, traces, leftOut, summary }: Report): string {
  const names = predictors.map(({ name }) => name);
  const { horizon, seed } = options;
  const about = `Share of the next ${horizon} reads after a crash that the first keys of each order serve; seed ${seed}.`;
  return pageOf(`Backtest of ${visible(names.join(', '))}`, style, [
    paragraph(about),
    ...summaryText(summary).map(paragraph),
    ...leftOut.map((trace) => paragraph(`${trace} has no reads behind a crash point, and is left out.`)),
    ...traces.map((trace) => sectionOf(trace, names)),
  ]);
}
