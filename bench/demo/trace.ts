// A recorded trace: CSV with the header ts_ms,key,op,size; op is r or w, size is in bytes.
import { writeBit } from './accesses.js';
import { linesOf } from './records.js';

export interface Trace {
  /** Distinct keys, in order of their first access. */
  readonly names: string[];
  /** Bytes of each key's value: what its first access with a size says; 0 where none does. */
  readonly sizes: Uint32Array;
  /** Per access the number of its key, with writeBit. */
  readonly accesses: Uint32Array;
  readonly writes: number;
}

const header = 'ts_ms,key,op,size';
const line = /^(\d+),(.+),([rw]),(\d+)$/;

/** A value of a trace is cut here, so that a few large ones do not stand for the whole store. */
export const traceValueMax = 64 * 1024;

export function readTrace(file: string): Trace {
  const [first, ...rows] = linesOf(file);
  if (first?.trim() !== header) throw new Error(`${file} must begin with the header ${header}.`);
  if (rows.length === 0) throw new Error(`${file} holds no accesses.`);
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  let writes = 0;
  const accesses = Uint32Array.from(rows, (row, index) => {
    const [, , key, op, size] = line.exec(row.trimEnd()) ?? [];
    if (key === undefined) throw new Error(`${file}, line ${index + 2}: "${row}" is not ${header}.`);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    sizes[number] ||= Math.min(Number(size), traceValueMax);
    if (op === 'w') writes++;
    return number + (op === 'w' ? writeBit : 0);
  });
  return { names: [...numbers.keys()], sizes: Uint32Array.from(sizes), accesses, writes };
}
