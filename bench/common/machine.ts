// What the machine is, and what it does without a store: the page cache dropped, and files read without one.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';

export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} x ${cpu?.model ?? process.arch}, ${memory} GiB, Linux ${release().split('.', 2).join('.')}, Node.js ${process.version}`;
}

/** Seconds since the machine started, of all its CPUs: at work, and taken away by its host. */
export function cpuSeconds(): { busy: number; stolen: number } {
  const [, user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8').split(/\s+/, 9).map(Number);
  return { busy: (user! + nice! + system! + irq! + softirq!) / 100, stolen: steal! / 100 };
}

/** What another process has used so far: CPU seconds, and the bytes of its resident set. None: nothing. */
export function serverCost(pid: number | undefined): { cpuSeconds: number; residentBytes: number } {
  if (pid === undefined) return { cpuSeconds: 0, residentBytes: 0 };
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, residentBytes: Number(fields[21]) * 4096 };
}

/** Empties the page cache, and the caches of names. Answers whether it could: it takes root. */
export function dropCaches(): boolean {
  spawnSync('sync');
  try {
    writeFileSync('/proc/sys/vm/drop_caches', '3');
    return true;
  } catch {
    return false;
  }
}

/** How often the machine has given free memory back to its host; undefined where the kernel does not count it. */
export function memoryGivenBack(): number | undefined {
  try {
    return Number(readFileSync('/sys/module/page_reporting/parameters/passes', 'utf8'));
  } catch {
    return undefined;
  }
}

/** The log of a store: its segments. */
export function segmentFiles(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.seg')).map((name) => join(directory, name));
}

export interface BareRead {
  readonly by: string;
  readonly bytes: number;
  readonly seconds: number;
  readonly bytesPerSecond: number;
}

function readByFio(files: readonly string[], engine: string): BareRead | undefined {
  const options = ['--rw=read', '--bs=1M', '--iodepth=16', '--direct=1', `--ioengine=${engine}`, '--file_service_type=sequential'];
  const names = files.map((file) => file.replaceAll(':', '\\:')).join(':');
  const { status, stdout } = spawnSync('fio', ['--name=bare', `--filename=${names}`, '--readonly', '--output-format=json', ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) return undefined;
  const { jobs } = JSON.parse(stdout.slice(stdout.indexOf('{'))) as { jobs: { read: { io_bytes: number; runtime: number } }[] };
  const { io_bytes: bytes, runtime } = jobs[0]!.read;
  const seconds = runtime / 1000;
  return { by: `fio, ${engine}, O_DIRECT, 1 MiB, depth 16`, bytes, seconds, bytesPerSecond: bytes / seconds };
}

/** Sixteen readers at once, each with a part of the files. */
function readByDd(files: readonly string[]): BareRead {
  const readers = 16;
  const lists = Array.from({ length: readers }, (_, reader) => files.filter((_file, at) => at % readers === reader));
  const script = lists
    .filter((list) => list.length > 0)
    .map((list) => `(${list.map((file) => `dd if='${file}' of=/dev/null bs=1M iflag=direct status=none`).join('; ')}) &`);
  const started = performance.now();
  spawnSync('sh', ['-c', `${script.join('\n')}\nwait`]);
  const seconds = (performance.now() - started) / 1000;
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { by: 'dd, O_DIRECT, 1 MiB, 16 processes', bytes, seconds, bytesPerSecond: bytes / seconds };
}

const bareReads = 3;

/** Reads the files as fast as the device gives them, past the page cache: the median of some, one after the other. */
export function bareRead(files: readonly string[]): BareRead {
  const read = () => readByFio(files, 'io_uring') ?? readByFio(files, 'libaio') ?? readByDd(files);
  const reads = Array.from({ length: bareReads }, read).toSorted((a, b) => a.bytesPerSecond - b.bytesPerSecond);
  return reads[bareReads >> 1]!;
}
