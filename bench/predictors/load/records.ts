// Public records and what each of them costs.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../common/statistics.js';
import { linesOf } from '../../demo/records.js';

/** Records in the order of time: what is known of each before it is routed, and what it turns out to cost. */
export interface CostedRecords {
  readonly name: string;
  readonly about: string;
  /** Since the first one; -1: not known. */
  readonly seconds: Float64Array;
  readonly bytes: Float64Array;
  readonly type: Float64Array;
  /** -1: not known. */
  readonly complexity: Float64Array;
  readonly cost: Float64Array;
}

/** What a generated token costs, in tokens of the prompt. Infinity: only generated tokens cost. */
const generatedCosts = [1, 4, 30, Infinity] as const;

/** Requests to a language model: the prompt's tokens are known, those of the answer are not. */
function requests(file: string): CostedRecords[] {
  const rows = linesOf(file).slice(1).map((line) => line.split(',').map(Number));
  const seconds = Float64Array.from(rows, ([ms]) => ms! / 1000);
  const bytes = Float64Array.from(rows, ([, context]) => context!);
  const type = new Float64Array(rows.length);
  const complexity = new Float64Array(rows.length).fill(-1);
  return generatedCosts.map((each) => ({
    name: `azure_llm_conv, generated x ${each === Infinity ? 'only' : each}`,
    about: each === Infinity ? 'generated tokens' : `context tokens + ${each} x generated tokens`,
    seconds,
    bytes,
    type,
    complexity,
    cost: Float64Array.from(rows, ([, context, generated]) => (each === Infinity ? generated! : context! + each * generated!)),
  }));
}

/** Fields of an object or array, counted through all levels. */
export function fieldsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce<number>((sum, part) => sum + 1 + fieldsOf(part), 0);
}

const repetitions = 7;
let sink = 0;

/** Microseconds to parse, walk and serialise it: the median of several times, as single ones are noise. */
function measuredUs(line: string): number {
  const times = new Float64Array(repetitions);
  for (let at = 0; at < repetitions; at++) {
    const began = process.hrtime.bigint();
    const value: unknown = JSON.parse(line);
    sink += fieldsOf(value) + JSON.stringify(value).length;
    times[at] = Number(process.hrtime.bigint() - began) / 1000;
  }
  return sink < 0 ? 0 : median(times);
}

/** Seconds since the first time, of ISO times. */
function secondsOf(times: readonly unknown[]): Float64Array {
  const first = Date.parse(String(times[0]));
  return Float64Array.from(times, (time) => (Date.parse(String(time)) - first) / 1000).map((since) => (since >= 0 ? since : -1));
}

/** Events as JSON, a record a line, in the order of `_write_ts`. `typeOf`: the name of a record's type. */
function events(name: string, file: string, typeOf: (value: Record<string, unknown>) => unknown): CostedRecords {
  const lines = linesOf(file);
  const types = new Map<unknown, number>();
  const values = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const value of values) if (!types.has(typeOf(value))) types.set(typeOf(value), types.size);
  return {
    name,
    about: `microseconds to parse, walk and serialise it, median of ${repetitions}`,
    seconds: secondsOf(values.map(({ _write_ts }) => _write_ts)),
    bytes: Float64Array.from(lines, (line) => Buffer.byteLength(line)),
    type: Float64Array.from(values, (value) => types.get(typeOf(value))!),
    complexity: Float64Array.from(values, fieldsOf),
    cost: Float64Array.from(lines, measuredUs),
  };
}

/** Those whose files are there. */
export function publicRecords(data: string): CostedRecords[] {
  const file = (name: string): string => join(data, 'events', name);
  const [llm, zeek] = [file('azure_llm_conv.csv.gz'), file('zeek_events.ndjson.gz')];
  return [
    ...(existsSync(zeek) ? [events('zeek_events', zeek, ({ _path }) => _path)] : []),
    ...(existsSync(llm) ? requests(llm) : []),
  ];
}
