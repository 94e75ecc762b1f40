// Real records: of the data sets that come with the development dependencies, or of a user's own file.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface Records {
  /** What they are, for people. */
  readonly about: string;
  readonly names: string[];
  readonly bodies: Buffer[];
}

const datasets = 'vega-datasets';

/** The folder of the installed package; its entry point lies one level below. */
function datasetsRoot(): string {
  return join(createRequire(import.meta.url).resolve(datasets), '../..');
}

/** A list of the package: of a file, or of one part of it. */
export function listOf(file: string, part?: string): object[] {
  const content = JSON.parse(readFileSync(join(datasetsRoot(), 'data', file), 'utf8')) as Record<string, object[]>;
  return part === undefined ? (content as unknown as object[]) : content[part]!;
}

/** Earthquakes, films and football matches, from 120 to 1,000 bytes each. */
export function bundledRecords(): Records {
  const sets = {
    earthquake: listOf('earthquakes.json', 'features'),
    film: listOf('movies.json'),
    match: listOf('football.json'),
  };
  const all = Object.entries(sets).flatMap(([set, list]) => list.map((record, i) => ({ name: `${set}:${i}`, record })));
  const count = (list: object[]) => list.length.toLocaleString('en');
  const { version } = JSON.parse(readFileSync(join(datasetsRoot(), 'package.json'), 'utf8')) as { version: string };
  const records = [
    `${count(sets.earthquake)} earthquakes`,
    `${count(sets.film)} films`,
    `${count(sets.match)} football matches`,
  ].join(', ');
  return {
    about: `${records} (${datasets} ${version})`,
    names: all.map(({ name }) => name),
    bodies: all.map(({ record }) => Buffer.from(JSON.stringify(record))),
  };
}

/** The lines of a text file, packed with gzip or not. */
export function linesOf(file: string): string[] {
  if (!existsSync(file)) throw new Error(`There is no file ${file}.`);
  const bytes = readFileSync(file);
  const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const text = (packed ? gunzipSync(bytes) : bytes).toString('utf8');
  return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line]));
}

/** One record a line. */
export function recordsOfFile(file: string): Records {
  const lines = linesOf(file);
  if (lines.length === 0) throw new Error(`${file} holds no records.`);
  return {
    about: `${lines.length.toLocaleString('en')} records of ${file}`,
    names: lines.map((_, i) => `event:${i}`),
    bodies: lines.map((line) => Buffer.from(line)),
  };
}
