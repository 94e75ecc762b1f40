// One run of the demonstration, from the workload to the verdict.
import { join } from 'node:path';
import { forgeAck } from './acks.js';
import { crash, type Crash } from './crash.js';
import { crashFacts, journalFacts, machineFacts, measuringFacts } from './facts.js';
import { count, problemsOf, seriesOf, tableOf, verdictLine } from './figures.js';
import type { Options } from './options.js';
import { buildDirectory, checkRoom, deleteOfLog, type Place } from './place.js';
import { prepare } from './prepare.js';
import { writeReport } from './report.js';
import { restoreAll, type Attempt } from './restore.js';
import { charts, Progress, say, table } from './terminal.js';
import type { Shape } from './workload.js';

const defaultReport = join(buildDirectory, 'demo-report.html');

interface Section {
  readonly head: string;
  readonly lines: readonly string[];
}

/** Says the lines, and keeps them for the report. */
function section(head: string, lines: readonly string[]): Section {
  say(`\n${head}`);
  for (const line of lines) say(`  ${line}`);
  return { head, lines };
}

function sabotage(place: Place, how: Options['sabotage']): string[] {
  if (how === undefined) return [];
  if (how === 'log') return [`SABOTAGE, as asked: deleted ${deleteOfLog(place)} of the crashed store`];
  forgeAck(place.journal);
  return ['SABOTAGE, as asked: put an acknowledgement of a write that never was into the journal'];
}

/** Runs a part that shows its progress. */
async function withProgress<Result>(part: (show: (text: string) => void) => Promise<Result>): Promise<Result> {
  const progress = new Progress();
  try {
    return await part(progress.show);
  } finally {
    progress.end();
  }
}

function failures({ last }: Crash, attempts: readonly Attempt[]): string[] {
  const before = last.wrong === 0 ? [] : [`${count(last.wrong)} answers were wrong before the crash`];
  return [...before, ...attempts.flatMap(problemsOf)];
}

/** Draws the figures, and writes the report of everything. */
function show(
  options: Options,
  attempts: Attempt[],
  sections: Section[],
  failed: string[],
  measured: string[],
): string {
  const series = seriesOf(attempts);
  const rows = tableOf(series);
  say(`\nRequests served over time, since the start of the process\n\n${charts(series)}`);
  say(
    `\nMilestones, since just before open()\n\n${table(
      series.map(({ name }) => name),
      rows,
    )}`,
  );
  const all = [...sections, section('How it was measured', measured)];
  return writeReport(options.report ?? defaultReport, { failed, series, table: rows, sections: all });
}

async function perform(options: Options, place: Place, shape: Shape, sections: Section[]): Promise<string[]> {
  const crashed = await withProgress((progress) => crash(place, shape, options, progress));
  sections.push(section('The crash', [...crashFacts(crashed, place), ...sabotage(place, options.sabotage)]));
  const { position } = crashed.last;
  const attempts = await withProgress((progress) => restoreAll({ place, position, options }, progress));
  sections.push(section('The recoveries', [...journalFacts(attempts), ...attempts.flatMap(verdictLine)]));
  const failed = failures(crashed, attempts);
  const measured = measuringFacts(attempts, place, shape, options.repeat);
  const report = show(options, attempts, sections, failed, measured);
  say(`\nReport: ${report}`);
  return failed;
}

/** Answers the exit code. */
export async function run(options: Options, place: Place): Promise<number> {
  const begin = performance.now();
  const { shape, about } = prepare(place.workload, options);
  checkRoom(place.directory, shape.bytes);
  const setting = [`seed ${options.seed}`, ...machineFacts(), ...about, `in ${place.directory}`];
  const failed = await perform(options, place, shape, [section('Foreshard: back after a crash', setting)]);
  const took = `(${Math.round((performance.now() - begin) / 1000)} s)`;
  if (failed.length > 0) section(`FAILED ${took}`, failed);
  else say(`Nothing acknowledged was lost, and every recovery came back in full ${took}.`);
  return failed.length > 0 ? 1 : 0;
}
