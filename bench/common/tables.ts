// Tables, as Markdown and as HTML.
import { escapeHtml } from './line_chart.js';

export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  /** They may be shorter than the head. */
  readonly rows: readonly (readonly string[])[];
}

const full = (head: readonly string[], cells: readonly string[]) => head.map((_, at) => cells[at] ?? '');

export function markdownTable({ head, rows }: Omit<Table, 'title'>): string {
  const line = (cells: readonly string[]) => `| ${full(head, cells).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export const tableOf = (title: string, head: readonly string[], rows: Table['rows']): string =>
  [`### ${title}`, '', markdownTable({ head, rows }), ''].join('\n');

export function htmlTable({ title, head, rows }: Table): string {
  const line = (cells: readonly string[], tag: string) => `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const body = rows.map((cells) => line(full(head, cells), 'td')).join('\n');
  return `<h2>${escapeHtml(title)}</h2>\n<table>${line(head, 'th')}\n${body}</table>`;
}
