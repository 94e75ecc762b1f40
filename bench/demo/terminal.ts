// What is shown in the terminal: a line of progress, charts of block characters, a table.
import { shownBins, shownMs, type Row, type Series } from './figures.js';

const blocks = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const chartHeight = 5;
const labelWidth = 9;
const plainEveryMs = 2000;

const chartWidth = () => Math.max(40, Math.min(process.stdout.columns ?? 100, 140) - labelWidth - 2);

/** One line that changes in a terminal; elsewhere a new line now and then. */
export class Progress {
  readonly #terminal = process.stdout.isTTY === true;
  #shownAt = 0;
  #begin = '';

  readonly show = (text: string): void => {
    if (this.#terminal) {
      process.stdout.write(`\r\u001b[K  ${text}`);
      return;
    }
    const begin = text.replace(/[\d.,]+.*/, '');
    if (begin === this.#begin && performance.now() < this.#shownAt + plainEveryMs) return;
    [this.#begin, this.#shownAt] = [begin, performance.now()];
    process.stdout.write(`  ${text}\n`);
  };

  end(): void {
    if (this.#terminal) process.stdout.write('\r\u001b[K');
  }
}

export function say(text = ''): void {
  process.stdout.write(`${text}\n`);
}

/** Values brought to a number of columns: each the mean of what it stands for. */
function columnsOf(values: readonly number[], length: number, columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    const from = Math.floor((column * length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * length) / columns));
    const part = values.slice(from, to);
    return part.length === 0 ? 0 : part.reduce((sum, value) => sum + value, 0) / part.length;
  });
}

function rowsOf(columns: readonly number[], top: number): string[] {
  return Array.from({ length: chartHeight }, (_, row) => {
    const floor = chartHeight - 1 - row;
    const cell = (value: number) => Math.round(Math.min(1, Math.max(0, (value / top) * chartHeight - floor)) * 8);
    return columns.map((value) => blocks[cell(value)]).join('');
  });
}

const rateLabel = (rate: number) => `${Math.round(rate / 1000)} k/s`.padStart(labelWidth - 1);

function axis(totalMs: number, width: number): string {
  const parts = 4;
  const labels = Array.from({ length: parts + 1 }, (_, i) => `${((totalMs * i) / parts / 1000).toFixed(2)} s`);
  const step = Math.floor((width - labels.at(-1)!.length) / parts);
  return (
    ' '.repeat(labelWidth + 1) +
    labels
      .map((label) => label.padEnd(step))
      .join('')
      .trimEnd()
  );
}

/** Charts of all series below each other, on the same scales. */
export function charts(series: readonly Series[]): string {
  const length = shownBins(series);
  const width = chartWidth();
  const top = Math.max(1, ...series.flatMap(({ rates }) => columnsOf(rates, length, width)));
  const chart = ({ name, rates }: Series) => {
    const rows = rowsOf(columnsOf(rates, length, width), top);
    const label = (row: number) =>
      row === 0 ? rateLabel(top) : row === chartHeight - 1 ? rateLabel(0) : ' '.repeat(labelWidth - 1);
    return [`${' '.repeat(labelWidth + 1)}${name}`, ...rows.map((row, i) => `${label(i)} ┤${row}`)].join('\n');
  };
  return `${series.map(chart).join('\n')}\n${axis(length * shownMs, width)}`;
}

export function table(heads: readonly string[], rows: readonly Row[]): string {
  const all = [{ name: '', cells: heads }, ...rows];
  const nameWidth = Math.max(...all.map(({ name }) => name.length));
  const widths = heads.map((_, i) => Math.max(...all.map(({ cells }) => cells[i]!.length)));
  const lines = all.map(
    ({ name, cells }) =>
      `  ${name.padEnd(nameWidth)}${cells.map((cell, i) => `   ${cell.padStart(widths[i]!)}`).join('')}`,
  );
  const rule = `  ${'─'.repeat(lines[0]!.length - 2)}`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
