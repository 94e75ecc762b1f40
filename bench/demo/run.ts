// One run of the demonstration, from the workload to the verdict.
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { forgeAck } from './acks.js';
import { crash, type Crash } from './crash.js';
import { count, megabytes, problemsOf, seriesOf, shownMs, tableOf, verdictLine } from './figures.js';
import { laneCount } from './lanes.js';
import { binMs } from './milestones.js';
import type { Options } from './options.js';
import { buildDirectory, bytesIn, checkRoom, deleteOfLog, type Place } from './place.js';
import { prepare } from './prepare.js';
import { writeReport } from './report.js';
import { restoreAll, type Attempt } from './restore.js';
import { charts, Progress, say, table } from './terminal.js';

const defaultReport = join(buildDirectory, 'demo-report.html');

function aboutMachine(): string {
  const processors = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${processors.length} x ${processors[0]?.model ?? process.arch}, ${memory}, ${process.platform} ${release()}, Node.js ${process.version}`;
}

function crashLines({ loadMs, trafficMs, last }: Crash, place: Place): string[] {
  const done = `${count(last.reads)} reads and ${count(last.writes)} durable writes`;
  return [
    `loaded ${count(last.loaded)} keys in ${(loadMs / 1000).toFixed(1)} s, then ${(trafficMs / 1000).toFixed(1)} s of traffic: ${done}, ${laneCount} under way at any time`,
    `killed by SIGKILL; it left ${megabytes(bytesIn(place.store))} on the disk`,
    `wrong answers before the crash: ${last.wrong}`,
  ];
}

function sabotage(place: Place, how: Options['sabotage']): string[] {
  if (how === undefined) return [];
  if (how === 'log') return [`SABOTAGE, as asked: deleted ${deleteOfLog(place)} of the crashed store`];
  forgeAck(place.journal);
  return ['SABOTAGE, as asked: put an acknowledgement of a write that never was into the journal'];
}

/** How the figures came about. */
function conditions(attempts: readonly Attempt[], place: Place): string[] {
  const found = attempts.find(({ measured }) => measured)?.measured?.found;
  const dropped = attempts.every(({ cacheDropped }) => cacheDropped);
  const reads =
    found === undefined
      ? []
      : [
          `files by ${found.io}, ${found.direct ? 'O_DIRECT, which does not use the page cache' : 'through the page cache'}`,
        ];
  return [
    dropped
      ? 'page cache dropped before each recovery'
      : 'page cache NOT dropped (that needs root on Linux): what goes through it is warm',
    ...reads,
    ...(place.memoryFileSystem === undefined
      ? []
      : [`NOT on a disk but on ${place.memoryFileSystem}: the times say little`]),
    `${laneCount} reads under way; a rate counts as reached at the end of the first 50 ms (bins of ${binMs} ms) that have it`,
    `the warm rate is the median over the end of the run, after everything is in memory; charts have bins of ${shownMs} ms`,
  ];
}

function acknowledgedLine(attempts: readonly Attempt[]): string[] {
  const verdict = attempts.find(({ measured }) => measured)?.measured?.verdict;
  if (verdict === undefined) return [];
  const { acks, keys, updates } = verdict;
  return [
    `${count(acks)} acknowledged writes in the journal, ${count(updates)} of them updates; the newest of each of ${count(keys)} keys was compared`,
  ];
}

function sayAll(head: string, lines: readonly string[]): void {
  say(`\n${head}`);
  for (const line of lines) say(`  ${line}`);
}

/** Answers the exit code. */
export async function run(options: Options, place: Place): Promise<number> {
  const progress = new Progress();
  const { shape, about } = prepare(place.workload, options);
  checkRoom(place.directory, shape.bytes);
  const setting = [`seed ${options.seed}`, aboutMachine(), ...about, `in ${place.directory}`];
  sayAll('Foreshard: back after a crash', setting);

  say('\nThe crash');
  const crashed = await crash(place, shape, options, progress.show);
  progress.end();
  const crashSaid = [...crashLines(crashed, place), ...sabotage(place, options.sabotage)];
  for (const line of crashSaid) say(`  ${line}`);

  say('\nThe recoveries');
  const attempts = await restoreAll(place, crashed.last.position, options, progress.show);
  progress.end();
  const checks = [...acknowledgedLine(attempts), ...attempts.flatMap(verdictLine)];
  for (const line of checks) say(`  ${line}`);

  const series = seriesOf(attempts);
  const rows = tableOf(series);
  say(`\nRequests served over time since the start of the process\n\n${charts(series)}`);
  const repeated = options.repeat === 1 ? '' : `; medians of ${options.repeat}`;
  say(
    `\nMilestones, since just before open()${repeated}\n\n${table(
      series.map(({ name }) => name),
      rows,
    )}`,
  );
  const measured = conditions(attempts, place);
  sayAll('How it was measured', measured);

  const failed = attempts.flatMap(problemsOf);
  if (crashed.last.wrong > 0) failed.unshift(`${count(crashed.last.wrong)} answers were wrong before the crash`);
  const sections = [
    { head: 'Checks', lines: [...crashSaid, ...checks] },
    { head: 'How it was measured', lines: [...measured, ...(repeated === '' ? [] : [`medians of ${options.repeat}`])] },
    { head: 'Setting', lines: setting },
  ];
  const report = writeReport(options.report ?? defaultReport, { failed, series, table: rows, sections });
  if (failed.length > 0) sayAll('FAILED', failed);
  else say('\nNothing acknowledged was lost, and every recovery came back in full.');
  say(`Report: ${report}`);
  return failed.length > 0 ? 1 : 0;
}
