// A figure as it is shown: what was done in words, a table, and everything as data.
export interface Figure {
  readonly title: string;
  /** What was measured, and how: a sentence each. */
  readonly notes: readonly string[];
  readonly table: readonly (readonly string[])[];
  readonly data: unknown;
}

export function markdown({ title, notes, table }: Figure): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head = [], ...rows] = table;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  return [`### ${title}`, '', ...notes.map((note) => `- ${note}`), '', ...lines, ''].join('\n');
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
