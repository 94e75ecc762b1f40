// What goes over the heat socket of a store: lines of JSON in UTF-8, each ended by a line feed.
//
//   client   {"by":"shard","everyMs":1000}
//            one line, within 5 s and 4 KiB; both fields may be left out, others are passed over
//   server   {"version":1,"directory":"/data","pid":7,"map":{...},"history":{...},"hotKeys":[{"key":"cart:42","accesses":9.5}]}
//            at once, then every everyMs:
//            {"map":{...},"changes":[...],"hotKeys":[...]}
//     or     {"error":{"code":"FORESHARD_BUSY","detail":"..."}}, and the end
//
// map is a HeatMapView, history a HeatHistory, thinned out where there are many shards; changes are the HeatChanges since
// the line before. Keys are text, or where they are no UTF-8 hexadecimal behind 0x. A client that reads too slowly gets
// fewer lines, and so do all where lines take the owner's thread too long to make. The end is that of the store.
import { badOption, foreshardError } from '../../errors/index.js';
import type { HotKey } from '../heat.js';
import type { HeatChange, HeatHistory } from '../history.js';
import type { HeatMapOptions, HeatMapView } from '../map.js';

export const protocolVersion = 1;

export interface HeatRequest {
  /** One slice for each shard, or for each page of the index. Default: 'shard'. */
  readonly by?: HeatMapOptions['by'];
  /** Milliseconds from a line to the next, 100 to 60000. Default: 1000. */
  readonly everyMs?: number;
}

/** The first line of a server. */
export interface FirstHeatFrame {
  readonly version: number;
  readonly directory: string;
  /** Of the process that has the store open. */
  readonly pid: number;
  readonly map: HeatMapView;
  readonly history: HeatHistory;
  readonly hotKeys: readonly HotKey<string>[];
}

/** Each further line. */
export interface NextHeatFrame {
  readonly map: HeatMapView;
  /** Splits and merges since the frame before. */
  readonly changes: readonly HeatChange[];
  readonly hotKeys: readonly HotKey<string>[];
}

export type HeatFrame = FirstHeatFrame | NextHeatFrame;

/** The last line, where there is an error. */
export interface HeatErrorLine {
  readonly error: { readonly code: string; readonly detail: string };
}

export const everyMsRange = { min: 100, max: 60_000, default: 1000 } as const;
const slicings = new Set<unknown>(['shard', 'page']);

/** Throws FORESHARD_BAD_OPTION. */
export function checkRequest({ by = 'shard', everyMs = everyMsRange.default }: HeatRequest): Required<HeatRequest> {
  if (!slicings.has(by)) throw badOption('by', by, "'shard' or 'page'");
  const { min, max } = everyMsRange;
  if (!Number.isInteger(everyMs) || everyMs < min || everyMs > max)
    throw badOption('everyMs', everyMs, `a whole number from ${min} to ${max} (ms)`);
  return { by, everyMs };
}

/** The request in a line; throws FORESHARD_BAD_ARGUMENT or FORESHARD_BAD_OPTION. */
export function parseRequest(line: string): Required<HeatRequest> {
  const given = parsed(line);
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw foreshardError('bad_argument', 'a request is one line of JSON such as {"by":"shard","everyMs":1000}');
  return checkRequest(given);
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
