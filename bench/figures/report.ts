// A figure as it is shown: what was done in words, a table, and everything as data.
import { markdownTable } from '../common/tables.js';

export interface Figure {
  readonly title: string;
  /** What was measured, and how: a sentence each. */
  readonly notes: readonly string[];
  readonly table: readonly (readonly string[])[];
  readonly data: unknown;
}

export function markdown({ title, notes, table }: Figure): string {
  const [head = [], ...rows] = table;
  return [`### ${title}`, '', ...notes.map((note) => `- ${note}`), '', markdownTable({ head, rows }), ''].join('\n');
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
