// Recorded loads: traces of accesses, and tables of what clients asked for.
import { basename } from 'node:path';
import { linesOf } from '../../demo/records.js';

export interface Access {
  readonly ms: number;
  readonly key: string;
  readonly write: boolean;
}

function* traceAccesses(file: string): Generator<Access> {
  for (const line of linesOf(file).slice(1)) {
    const [ms, key, op] = line.split(',', 3);
    yield { ms: Number(ms), key: key!, write: op === 'w' };
  }
}

/** A column is a client, a row what each asked for in a second, on average until the next row. */
function* tableAccesses(file: string, scale: number): Generator<Access> {
  const [first, ...rows] = linesOf(file);
  const clients = first!.split(',').slice(1);
  const numbers = rows.map((row) => row.split(',').map(Number));
  const stepMs = (numbers[1]![0]! - numbers[0]![0]!) * 1000;
  const due = clients.map(() => 0.5);
  const slices = 60; // of a row: all clients have their turn in each
  for (const [seconds, ...rates] of numbers)
    for (let slice = 0; slice < slices; slice++)
      for (const [client, rate] of rates.entries()) {
        due[client]! += (rate * stepMs) / 1000 / scale / slices;
        for (; due[client]! >= 1; due[client]! -= 1)
          yield { ms: seconds! * 1000 + (slice * stepMs) / slices, key: clients[client]!, write: false };
      }
}

const isTable = (file: string) => /all_clients/.test(basename(file));

/** Of its first and its last line, in milliseconds. */
export function spanOf(file: string): { fromMs: number; toMs: number } {
  const lines = linesOf(file);
  const at = (line: string) => Number(line.split(',', 1)[0]) * (isTable(file) ? 1000 : 1);
  return { fromMs: at(lines[1]!), toMs: at(lines.findLast((line) => line !== '')!) };
}

/** `scale`: of a table, one access stands for so many. */
export const accessesOf = (file: string, scale: number): Generator<Access> =>
  isTable(file) ? tableAccesses(file, scale) : traceAccesses(file);
