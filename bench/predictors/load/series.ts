// The public series of load, by families.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { linesOf } from '../../demo/records.js';

export interface LoadSeries {
  readonly family: string;
  readonly name: string;
  /** Since the first value; rising. */
  readonly seconds: Float64Array;
  /** NaN: taken for missing. */
  readonly values: Float64Array;
}

export const families = ['nab', 'llm_clients_small', 'llm_clients_mid', 'nasa_http_1min', 'azure_llm_conv_10s'] as const;
const clientFamilies: readonly string[] = ['llm_clients_small', 'llm_clients_mid'];

function seriesOf(family: string, name: string, rows: readonly (readonly number[])[], column = 1): LoadSeries {
  const first = rows[0]![0]!;
  const seconds = Float64Array.from(rows, (row) => row[0]! - first);
  return { family, name, seconds, values: Float64Array.from(rows, (row) => row[column]!) };
}

const rowsOf = (file: string): number[][] => linesOf(file).slice(1).map((line) => line.split(',').map(Number));

function familyFiles(data: string, family: string): string[] {
  const folder = join(data, 'load', family);
  if (existsSync(`${folder}.csv`)) return [`${folder}.csv`];
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((file) => file.endsWith('.csv')).toSorted().map((file) => join(folder, file));
}

/** All series of all families that are there. */
export const publicSeries = (data: string): LoadSeries[] =>
  families.flatMap((family) =>
    familyFiles(data, family).map((file) => seriesOf(family, basename(file, '.csv'), rowsOf(file))),
  );

/**
 * The clients again, with the windows in which all of a family are 0 as missing: they are counted neither for the plugin nor for
 * what it is compared with.
 */
export function withoutEmptyWindows(series: readonly LoadSeries[]): LoadSeries[] {
  return clientFamilies.flatMap((family) => {
    const own = series.filter((one) => one.family === family);
    const empty = (at: number): boolean => own.every(({ values }) => !(values[at]! > 0));
    return own.map(({ name, seconds, values }) => {
      const counted = values.map((value, at) => (empty(at) ? NaN : value));
      return { family: `${family}, without empty windows`, name, seconds, values: counted };
    });
  });
}

/** The clients of the tables of all clients that have no series of their own: nothing was ever chosen by them. */
export function otherClients(data: string): LoadSeries[] {
  return clientFamilies.flatMap((family) => {
    const file = join(data, 'load', `${family}_all_clients.csv.gz`);
    if (!existsSync(file)) return [];
    const known = new Set(familyFiles(data, family).map((path) => clientNumber(basename(path, '.csv'))));
    const names = linesOf(file)[0]!.split(',').slice(1);
    const rows = rowsOf(file);
    const other = `${family}, other clients`;
    return names.flatMap((name, at) => (known.has(clientNumber(name)) ? [] : [seriesOf(other, name, rows, at + 1)]));
  });
}

/** The same series turned round in time: what is like those that settings were chosen by, and was not looked at then. */
export function reversed(series: readonly LoadSeries[]): LoadSeries[] {
  return series.map(({ family, name, seconds, values }) => {
    const last = seconds.at(-1)!;
    return { family, name, seconds: seconds.toReversed().map((at) => last - at), values: values.toReversed() };
  });
}

const clientNumber = (name: string): number => Number(/(\d+)$/.exec(name)?.[1]);
